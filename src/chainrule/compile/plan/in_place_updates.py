"""Settle: which steps write new values over parameters, after everything else was computed.

All updates of a call are applied together, and only after every id was found inside its table, so
that a call that fails changes nothing. A nest whose only results are updates of parameters that it
reads at the same places writes them in place; other new values are computed aside and copied over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chainrule.compile.cost import reads
from chainrule.compile.fuse.fusion import Rows, Step
from chainrule.compile.fuse.nest import Nest, RowUpdate, is_gather, is_pick
from chainrule.compile.fuse.operands import checked, read_by
from chainrule.compile.plan.views import Views
from chainrule.compile.trace import Traced
from chainrule.graph import Parameter, Replace, ReplaceRows, Tensor, Update

Updates = dict[Tensor, Update]


@dataclass(frozen=True)
class Settled:
    """The steps in the order they run.

    before   what changes no parameter
    after    nests that write over parameters in place
    aside    updates whose new values are computed before, and copied over parameters afterwards
    """

    before: tuple[Step, ...]
    after: tuple[Nest, ...]
    aside: tuple[Update, ...]


def settle(traced: Traced, steps: Sequence[Step], views: Views) -> Settled:
    """Return the steps with updates in place where that is safe."""
    updates = _own_updates(traced, steps)
    candidates = {
        each: found
        for each in steps
        if isinstance(each, Nest) and (found := _in_place(each, updates, views)) is not None
    }
    candidates = _without_clashes(candidates, views)
    written = {node for each in candidates.values() for node in each.outputs}
    return Settled(
        tuple(each for each in steps if each not in candidates),
        tuple(candidates.values()),
        tuple(each for each in traced.updates if _new(each) not in written),
    )


def ids_checked(steps: Sequence[Step]) -> set[tuple[Tensor, int]]:
    """Return the ids that steps check, with the size of the axis that they point into."""
    found = set()
    for step in steps:
        gates = checked(step) if isinstance(step, Nest) else []
        gates += [step.node] if isinstance(step, Rows) and step.kernel.checked is not None else []
        for node in gates:
            if node.primitive is not None and node.primitive.name == "take":
                found.add((node.inputs[1], node.inputs[0].shape[node.attributes["axis"]]))
    return found


def _new(update: Update) -> Tensor:
    return update.new if isinstance(update, Replace) else update.rows


def _own_updates(traced: Traced, steps: Sequence[Step]) -> Updates:
    """Return the updates by their new values, where nothing else needs the new value."""
    count = Counter(each for update in traced.updates for each in update.sources)
    read = {each for step in steps for each in reads(step)} | set(traced.outputs)
    return {
        new: update
        for update in traced.updates
        if count[new := _new(update)] == 1
        and new not in read
        and new.dtype == update.parameter.dtype
    }


def _in_place(nest: Nest, updates: Updates, views: Views) -> Nest | None:
    """Return the nest writing over the parameters it updates, None if it does not only do that."""
    mine = [
        updates[each] for each in nest.outputs if each in updates and nest.roles[each] == "full"
    ]
    targets = {_new(each): each.parameter for each in mine}
    if not mine or len(mine) < len(nest.outputs) or len(set(targets.values())) < len(targets):
        return None
    if all(isinstance(each, Replace) for each in mine):
        fine = all(_is_read_in_place(nest, new, each, views) for new, each in targets.items())
        return replace(nest, in_place=dict(targets)) if fine else None
    return _rows_in_place(nest, mine, targets, views)


def _is_read_in_place(nest: Nest, new: Tensor, parameter: Parameter, views: Views) -> bool:
    """Say whether a nest reads a parameter where it would write it, and in no later phase."""
    return all(
        each is parameter
        and all(read_by(nest, node, each).moves)
        and nest.phases[node] <= nest.phases[new]
        for node, each in _reading(nest)
        if views.owner(each) is parameter
    )


def _rows_in_place(
    nest: Nest,
    updates: Sequence[Update],
    targets: dict[Tensor, Parameter],
    views: Views,
) -> Nest | None:
    """Return the nest writing over rows of tables, where it reads those rows alone."""
    rows = [each for each in updates if isinstance(each, ReplaceRows)]
    places = {(each.ids, each.keep) for each in rows}
    if len(rows) < len(updates) or len(places) > 1 or nest.split != 1:
        return None
    ids, keep = places.pop()
    tables = set(targets.values())
    gathers_same = all(
        is_gather(node) and each is node.inputs[0] and node.inputs[1] is ids
        for node, each in _reading(nest)
        if views.owner(each) in tables
    )
    in_one_phase = not any(_is_waited_for(nest, each, tables) for each in nest.nodes)
    all_gathers = all(node.inputs[1] is ids for node in nest.nodes if is_gather(node))
    keep_known = keep not in nest.roles or (nest.roles[keep] == "row" and nest.phases[keep] == -1)
    is_safe = gathers_same and all_gathers and in_one_phase and keep_known
    if not is_safe or ids in nest.roles:
        return None
    return replace(nest, in_place=dict(targets), update=RowUpdate(ids, keep))


def _is_waited_for(nest: Nest, node: Tensor, tables: set[Parameter]) -> bool:
    """Say whether a later phase needs a row written over a table, or one gathered from a table."""
    if node not in nest.written and not (is_gather(node) and node.inputs[0] in tables):
        return False
    last = min(nest.phases[each] for each in nest.outputs)
    return any(is_pick(each) or nest.phases[each] > last for each in nest.readers.get(node, ()))


def _reading(nest: Nest) -> list[tuple[Tensor, Tensor]]:
    """Return which gate reads which tensor from outside."""
    return [(node, each) for node in nest.nodes for each in node.inputs if each not in nest.roles]


def _without_clashes(candidates: dict[Nest, Nest], views: Views) -> dict[Nest, Nest]:
    """Leave out, in order, nests that write what another one left reads or writes."""
    touched = {
        each: {views.owner(read) for read in reads(nest)} | set(nest.in_place.values())
        for each, nest in candidates.items()
    }
    users = Counter(owner for owners in touched.values() for owner in owners)
    kept = {}
    for each, nest in candidates.items():
        if any(users[parameter] > 1 for parameter in nest.in_place.values()):
            users.subtract(touched[each])
        else:
            kept[each] = nest
    return kept
