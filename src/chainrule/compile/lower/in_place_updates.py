"""Order parameter updates: in place where that is safe, and after everything else is computed.

All updates of a call are applied together, and only after every id was found inside its table, so
that a call that fails changes nothing. A fused kernel whose only results are updates of parameters
that it reads at the same elements writes them in place. Other new values are computed first and
copied to the parameter afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chainrule.compile.fuse.fused_kernel import FusedKernel, RowUpdate
from chainrule.compile.fuse.fusion import SingleGate, Step
from chainrule.compile.fuse.gate_roles import is_gather, is_pick, memory_of
from chainrule.compile.fuse.operands import checked, read_by
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.step_costs import reads
from chainrule.compile.trace import TracedGraph
from chainrule.graph import Parameter, Replace, ReplaceRows, Tensor, Update

Updates = dict[Tensor, Update]


@dataclass(frozen=True)
class UpdateOrder:
    """The steps in the order they run, and how each update is applied.

    before    steps that change no parameter
    in_place  fused kernels that write new values directly to parameters
    copied    updates whose new values are computed by `before` and copied to parameters afterwards
    """

    before: tuple[Step, ...]
    in_place: tuple[FusedKernel, ...]
    copied: tuple[Update, ...]


def order_updates(traced: TracedGraph, steps: Sequence[Step], aliases: Aliases) -> UpdateOrder:
    """Return the order of steps and updates, with updates in place where that is safe."""
    updates = _own_updates(traced, steps)
    candidates = {
        each: found
        for each in steps
        if isinstance(each, FusedKernel)
        and (found := _in_place(each, updates, aliases)) is not None
    }
    candidates = _without_clashes(candidates, aliases)
    written = {node for each in candidates.values() for node in each.outputs}
    return UpdateOrder(
        tuple(each for each in steps if each not in candidates),
        tuple(candidates.values()),
        tuple(each for each in traced.updates if _new(each) not in written),
    )


def ids_checked(steps: Sequence[Step]) -> set[tuple[Tensor, int]]:
    """Return the pairs of ids that steps check and the size of the axis they index."""
    found = set()
    for step in steps:
        gates = checked(step) if isinstance(step, FusedKernel) else []
        gates += [step.node] if isinstance(step, SingleGate) else []
        for node in gates:
            if node.primitive is not None and node.primitive.name == "take":
                found.add((node.inputs[1], node.inputs[0].shape[node.attributes["axis"]]))
    return found


def _new(update: Update) -> Tensor:
    """Return the tensor that holds the new value of an update."""
    return update.new if isinstance(update, Replace) else update.rows


def _own_updates(traced: TracedGraph, steps: Sequence[Step]) -> Updates:
    """Return the updates by their new value, where nothing else reads the new value."""
    count = Counter(each for update in traced.updates for each in update.sources)
    read = {each for step in steps for each in reads(step)} | set(traced.outputs)
    return {
        new: update
        for update in traced.updates
        if count[new := _new(update)] == 1
        and new not in read
        and new.dtype == update.parameter.dtype
    }


def _in_place(fused: FusedKernel, updates: Updates, aliases: Aliases) -> FusedKernel | None:
    """Return a kernel that updates parameters in place, None if it has other results or cannot."""
    mine = [
        updates[each] for each in fused.outputs if each in updates and fused.roles[each] == "full"
    ]
    targets = {_new(each): each.parameter for each in mine}
    if not mine or len(mine) < len(fused.outputs) or len(set(targets.values())) < len(targets):
        return None
    if all(isinstance(each, Replace) for each in mine):
        reading = _reading_of(fused, targets.values(), aliases)
        fine = all(_is_read_in_place(fused, new, reading[each]) for new, each in targets.items())
        return replace(fused, in_place=dict(targets)) if fine else None
    return _rows_in_place(fused, mine, targets, aliases)


Reading = list[tuple[Tensor, Tensor]]


def _reading_of(
    fused: FusedKernel, parameters: Iterable[Parameter], aliases: Aliases
) -> dict[Tensor, Reading]:
    """Return, for every parameter, the gates that read its memory, and what they read."""
    found: dict[Tensor, Reading] = {each: [] for each in parameters}
    for node, each in _reading(fused):
        owner = aliases.owner(memory_of(node, each))
        if owner in found:
            found[owner].append((node, each))
    return found


def _is_read_in_place(fused: FusedKernel, new: Tensor, reading: Reading) -> bool:
    """Return whether a kernel reads a parameter only at the element it writes, and no later.

    reading  the gates that read the memory of the parameter, and what they read
    """
    return all(
        isinstance(each, Parameter)
        and all(read_by(fused, node, each).advances)
        and fused.phases[node] <= fused.phases[new]
        for node, each in reading
    )


def _rows_in_place(
    fused: FusedKernel,
    updates: Sequence[Update],
    targets: dict[Tensor, Parameter],
    aliases: Aliases,
) -> FusedKernel | None:
    """Return a kernel that writes rows of tables in place, None if it reads other rows of them."""
    rows = [each for each in updates if isinstance(each, ReplaceRows)]
    places = {(each.ids, each.keep) for each in rows}
    if len(rows) < len(updates) or len(places) > 1 or fused.split != 1:
        return None
    ids, keep = places.pop()
    tables = set(targets.values())
    gathers_same = all(
        is_gather(node) and each is node.inputs[0] and node.inputs[1] is ids
        for node, each in _reading(fused)
        if aliases.owner(memory_of(node, each)) in tables
    )
    in_one_phase = not any(_is_read_later(fused, each, tables) for each in fused.nodes)
    all_gathers = all(node.inputs[1] is ids for node in fused.nodes if is_gather(node))
    keep_known = keep not in fused.roles or (
        fused.roles[keep] == "row" and fused.phases[keep] == -1
    )
    is_safe = gathers_same and all_gathers and in_one_phase and keep_known
    if not is_safe or ids in fused.roles:
        return None
    return replace(fused, in_place=dict(targets), update=RowUpdate(ids, keep))


def _is_read_later(fused: FusedKernel, node: Tensor, tables: set[Parameter]) -> bool:
    """Return whether a later phase reads a row that is written to, or gathered from, a table."""
    if node not in fused.written and not (is_gather(node) and node.inputs[0] in tables):
        return False
    last = min(fused.phases[each] for each in fused.outputs)
    return any(is_pick(each) or fused.phases[each] > last for each in fused.readers.get(node, ()))


def _reading(fused: FusedKernel) -> Reading:
    """Return the pairs of a gate and a tensor from outside that it reads."""
    inside = fused.roles
    return [(node, each) for node in fused.nodes for each in node.inputs if each not in inside]


def _without_clashes(
    candidates: dict[FusedKernel, FusedKernel], aliases: Aliases
) -> dict[FusedKernel, FusedKernel]:
    """Return the kernels without those that write a tensor that another one reads or writes."""
    touched = {
        each: {aliases.owner(read) for read in reads(fused)} | set(fused.in_place.values())
        for each, fused in candidates.items()
    }
    users = Counter(owner for owners in touched.values() for owner in owners)
    kept = {}
    for each, fused in candidates.items():
        if any(users[parameter] > 1 for parameter in fused.in_place.values()):
            users.subtract(touched[each])
        else:
            kept[each] = fused
    return kept
