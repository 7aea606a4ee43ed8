"""Plan: give every value a place in memory, and write the call tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from chainrule.compile.fuse.fusion import ReferenceGate
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.lower.kernel_calls import (
    Address,
    Item,
    RangeFlag,
    Scratch,
    addresses_in,
    block_nbytes,
    is_computed,
)
from chainrule.compile.lower.lower_steps import Lowered
from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import Lifetime, assign_offsets, lifetimes
from chainrule.compile.plan.bounds_check import require_inside
from chainrule.compile.plan.call_table import CallTable, FixedAddress
from chainrule.compile.plan.chunk_arena import with_chunk_arenas
from chainrule.compile.plan.scan_arena import with_scan_arenas
from chainrule.compile.trace import TracedGraph
from chainrule.graph import Array, Constant, Input, Tensor, is_integer

_COPIED, _SMALL = 1 << 12, 1 << 15
_FLAG_BYTES = 8


@dataclass(frozen=True, eq=False)
class Layout:
    """Where values are in memory.

    offsets     the place in the arena of every computed value and of all scratch memory
    lifetimes   bytes, first and last use of each of them
    nbytes      the size of the arena, without the range flags, which follow it
    flags       the range flags, in the order of the calls, with their numbers in that order
    copied      arguments that are copied into the arena: small ones, for which a copy costs less
                than an address, and all integers if ids are checked, since they are used later
    handed_out  large outputs, which are computed in fresh memory and handed out without a copy
    snapshots   results that are the old value of an updated parameter, with the copy's memory
    aliases     the owner of every tensor's memory
    """

    offsets: dict[Hashable, int]
    lifetimes: dict[Hashable, Lifetime]
    nbytes: int
    flags: dict[RangeFlag, int]
    copied: tuple[Tensor, ...]
    handed_out: frozenset[Tensor]
    snapshots: dict[Tensor, Scratch]
    aliases: Aliases


@dataclass(frozen=True, eq=False)
class Plan:
    """The memory and the call tables of a program.

    layout     where values are in memory
    stretches  what changes no parameter, in order: call tables, and gates for the reference
               evaluator
    updates    the calls that write parameters
    constants  the values of constants and of inputs with a value, which the tables point to
    """

    layout: Layout
    stretches: tuple[CallTable | Tensor, ...]
    updates: CallTable
    constants: dict[Tensor, Array]

    @property
    def bytes(self) -> int:
        """The bytes of memory that one running call holds."""
        return self.layout.nbytes + sum(each.nbytes for each in self.constants.values())


def plan(traced: TracedGraph, lowered: Lowered) -> Plan:
    """Return the places of all values, and the call tables that access them."""
    before = [
        each if isinstance(each, ReferenceGate) else with_scan_arenas(each)
        for each in lowered.before
    ]
    count = len(before)
    items = with_chunk_arenas([*before, *lowered.after], _needed(traced, lowered))
    before = items[:count]
    layout = lay_out(traced, lowered, items)
    constants: dict[Tensor, Array] = {}
    arguments = frozenset(traced.inputs)

    def where(address: Address) -> FixedAddress | None:
        """Return a fixed address, None for arguments, outputs and parameters."""
        of = address.of
        if isinstance(of, RangeFlag):
            return FixedAddress(layout.nbytes + _FLAG_BYTES * layout.flags[of], in_arena=True)
        if of in layout.offsets:
            return FixedAddress(layout.offsets[of] + address.offset, in_arena=True)
        if isinstance(of, Constant) or (isinstance(of, Input) and of not in arguments):
            array = constants.setdefault(of, np.ascontiguousarray(of.read()))
            return FixedAddress(address_of(array) + address.offset, in_arena=False)
        return None

    stretches = tuple(
        part.node if isinstance(part, ReferenceGate) else CallTable(part, where)
        for part in _stretches(before)
    )
    return Plan(layout, stretches, CallTable(lowered.after, where), constants)


def _stretches(items: Sequence[Item | ReferenceGate]) -> Iterator[list[Item] | ReferenceGate]:
    """Yield consecutive native items together, gates for the reference evaluator one by one."""
    for is_native, part in groupby(items, lambda each: not isinstance(each, ReferenceGate)):
        if is_native:
            yield [each for each in part if not isinstance(each, ReferenceGate)]
        else:
            yield from (each for each in part if isinstance(each, ReferenceGate))


# -- memory ----------------------------------------------------------------------------------------


def lay_out(traced: TracedGraph, lowered: Lowered, items: Sequence[Item | ReferenceGate]) -> Layout:
    """Return where values are in memory; raises ChainruleError if a call would leave its memory."""
    native = [each for each in items if not isinstance(each, ReferenceGate)]
    found = (each.of for item in native for each in addresses_in(item))
    flags = dict.fromkeys(each for each in found if isinstance(each, RangeFlag))
    copied = _copied(traced, lowered.aliases, list(flags))
    handed_out = frozenset(_handed_out(traced, lowered))
    uses = [list[Hashable](copied), *(_used(each, lowered.aliases) for each in items)]
    kept = _kept(traced, lowered, [*flags])
    lives = lifetimes(uses, _sizes(uses, copied, handed_out), [*kept, *copied])
    offsets, nbytes = assign_offsets(lives)
    require_inside(native, lambda each: lives[each].nbytes if each in lives else each.nbytes)
    numbers = {flag: number for number, flag in enumerate(flags)}
    return Layout(
        offsets, lives, nbytes, numbers, copied, handed_out, lowered.snapshots, lowered.aliases
    )


def _needed(traced: TracedGraph, lowered: Lowered) -> frozenset[Hashable]:
    """Return the blocks that are needed after the last call, or handed out."""
    flags = (each.of for item in lowered.native for each in addresses_in(item))
    kept = _kept(traced, lowered, [each for each in flags if isinstance(each, RangeFlag)])
    return frozenset((*kept, *_handed_out(traced, lowered)))


def _copied(
    traced: TracedGraph, aliases: Aliases, flags: Sequence[RangeFlag]
) -> tuple[Tensor, ...]:
    """Return the arguments that are copied into the arena: small ones, and ids.

    Nobody may change ids after they were checked. Ids of the body of a scan may be any argument.
    """
    outer = set(traced.order) if flags else set()
    in_bodies = any(each.ids not in outer for each in flags)
    ids = {aliases.owner(each.ids) for each in flags}
    return tuple(
        each
        for each in traced.inputs
        if each.nbytes > 0
        and (each.nbytes <= _COPIED or each in ids or (in_bodies and is_integer(each.dtype)))
    )


def _handed_out(traced: TracedGraph, lowered: Lowered) -> Iterator[Tensor]:
    """Yield the large outputs that share their memory with no other output."""
    owners = [lowered.aliases.owner(each) for each in traced.outputs]
    times = Counter(owners)
    for node, owner in zip(traced.outputs, owners, strict=True):
        if node in lowered.snapshots or times[owner] > 1 or not is_computed(owner):
            continue
        if _SMALL < node.nbytes == owner.nbytes == block_nbytes(owner):
            yield owner


def _used(item: Item | ReferenceGate, aliases: Aliases) -> list[Hashable]:
    """Return the blocks that an item reads or writes."""
    if isinstance(item, ReferenceGate):
        return [aliases.owner(each) for each in (*item.node.inputs, item.node)]
    return [each.of for each in addresses_in(item)]


def _sizes(
    uses: Sequence[Sequence[Hashable]], copied: Sequence[Tensor], handed_out: frozenset[Tensor]
) -> dict[Hashable, int]:
    """Return the bytes of every block that needs a place in the arena."""
    blocks = dict.fromkeys(each for used in uses for each in used if each not in handed_out)
    sizes: dict[Hashable, int] = {each: block_nbytes(each) for each in blocks if is_computed(each)}
    return sizes | {each: each.nbytes for each in copied}


def _kept(traced: TracedGraph, lowered: Lowered, flags: Sequence[RangeFlag]) -> Iterator[Hashable]:
    """Yield the blocks that are needed after the last call: results, and what errors show."""
    yield from map(lowered.aliases.owner, traced.results)
    for flag in flags:
        shown = (flag.ids,) if flag.within is None else flag.within.inputs
        yield from map(lowered.aliases.owner, shown)
    yield from lowered.snapshots.values()
