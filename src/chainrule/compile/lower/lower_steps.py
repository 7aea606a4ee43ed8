"""Lower: turn steps into calls of kernels.

This stage writes the kernels of all steps and orders their calls: first everything that changes no
parameter, then the checks of ids, then the parameter updates. Addresses are relative to blocks,
which have no place in memory yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chainrule.compile.fuse.fusion import ReferenceGate, Step
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.lower.chunk_loops import with_chunk_loops
from chainrule.compile.lower.in_place_updates import UpdateOrder, ids_checked, order_updates
from chainrule.compile.lower.kernel_calls import (
    Address,
    Item,
    KernelCall,
    Scratch,
    with_addresses,
)
from chainrule.compile.lower.scan_loops import items_of
from chainrule.compile.lower.step_calls import (
    calls_of,
    copy_call,
    id_check_call,
    row_add_calls,
    row_write_calls,
)
from chainrule.compile.trace import TracedGraph
from chainrule.graph import AddRows, ReplaceRows, Tensor

Snapshots = dict[Tensor, Scratch]


@dataclass(frozen=True, eq=False)
class Lowered:
    """The calls of a traced function.

    before     items that change no parameter, in order: calls, scans, and gates for the reference
               evaluator
    after      calls that write parameters, made after every id was found inside its table
    snapshots  results that are the old value of an updated parameter, with the memory of their copy
    aliases    the owner of every tensor's memory
    """

    before: tuple[Item | ReferenceGate, ...]
    after: tuple[Item, ...]
    snapshots: Snapshots
    aliases: Aliases

    @property
    def native(self) -> Iterator[Item]:
        """The items that native code runs."""
        yield from (each for each in self.before if not isinstance(each, ReferenceGate))
        yield from self.after

    @property
    def kernels(self) -> list[str]:
        """The texts of all kernels, in the order of their first call."""
        return list(dict.fromkeys(_texts(self.native)))


def lower(traced: TracedGraph, steps: Sequence[Step]) -> Lowered:
    """Return the calls that compute all results of `traced` and apply its updates."""
    aliases = Aliases(steps)
    order = order_updates(traced, steps, aliases)
    snapshots = _snapshots(traced, order, aliases)
    before = [
        *items_of(order.before),
        *(copy_call(each, Address(kept)) for each, kept in snapshots.items()),
        *_id_checks(traced, order),
    ]
    return Lowered(
        tuple(with_chunk_loops(_prepared_once([_resolved(each, aliases) for each in before]))),
        tuple(with_addresses(each, aliases.resolved) for each in _writes(order, snapshots)),
        snapshots,
        aliases,
    )


def _snapshots(traced: TracedGraph, order: UpdateOrder, aliases: Aliases) -> Snapshots:
    """Return memory for copies of parameters that are results or new values, before they change."""
    written = {each.parameter for each in traced.updates}
    sources = [each for update in order.copied for each in update.sources]
    wanted = dict.fromkeys((*traced.outputs, *sources))
    return {
        each: Scratch(each.nbytes)
        for each in wanted
        if aliases.owner(each) in written and each.size > 0
    }


def _id_checks(traced: TracedGraph, order: UpdateOrder) -> Iterator[KernelCall]:
    """Yield the calls that check ids of row updates which no step checks."""
    known = ids_checked(order.before)
    for update in traced.updates:
        if isinstance(update, ReplaceRows | AddRows) and update.ids.size:
            asked = (update.ids, update.parameter.shape[0])
            if asked not in known:
                known.add(asked)
                yield id_check_call(update)


def _writes(order: UpdateOrder, snapshots: Snapshots) -> Iterator[KernelCall]:
    """Yield the calls that write parameters: kernels that work in place, then copies."""
    for step in order.in_place:
        yield from calls_of(step)
    for update in order.copied:
        if isinstance(update, ReplaceRows):
            sources = [snapshots.get(each, each) for each in update.sources]
            yield from row_write_calls(update, sources)
        elif isinstance(update, AddRows):
            sources = [snapshots.get(each, each) for each in update.sources]
            yield from row_add_calls(update, sources)
        elif update.new.size:
            yield copy_call(update.new, Address(update.parameter), snapshots.get(update.new))


def _resolved(item: Item | ReferenceGate, aliases: Aliases) -> Item | ReferenceGate:
    """Return an item with aliases replaced by their owners."""
    return item if isinstance(item, ReferenceGate) else with_addresses(item, aliases.resolved)


def _prepared_once(items: Iterable[Item | ReferenceGate]) -> Iterator[Item | ReferenceGate]:
    """Yield the items, with only the first of several equal copies of an operand."""
    known: dict[Hashable, Scratch] = {}
    same: dict[Hashable, Scratch] = {}
    for item in items:
        if isinstance(item, KernelCall) and item.prepares:
            source, target, *numbers = item.arguments
            key = (item.text, source, tuple(numbers))
            assert isinstance(target, Address)
            assert isinstance(target.of, Scratch)
            if key in known:
                same[target.of] = known[key]
                continue
            known[key] = target.of
        if isinstance(item, ReferenceGate) or not same:
            yield item
        else:
            yield with_addresses(item, _exchange(same))


def _exchange(same: Mapping[Hashable, Scratch]) -> Callable[[Address], Address]:
    """Return the function that replaces scratch memory by an equal copy."""

    def exchanged(address: Address) -> Address:
        return replace(address, of=same[address.of]) if address.of in same else address

    return exchanged


def _texts(items: Iterable[Item]) -> Iterator[str]:
    """Yield the kernels of items, those of scans included."""
    for item in items:
        if isinstance(item, KernelCall):
            yield item.text
        else:
            yield from _texts(item.items)
