"""Place values that only a loop over chunks uses: memory for one chunk, and one per thread.

A value that the calls of the loop write and read, and nothing else, is never needed as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fusion import ReferenceGate
from chainrule.compile.lower.chunk_loops import Place, places_of
from chainrule.compile.lower.kernel_calls import (
    Address,
    Argument,
    ChunkLoop,
    Item,
    KernelCall,
    Scratch,
    Units,
    addresses_in,
    block_nbytes,
    is_computed,
)
from chainrule.compile.plan.arena import assign_offsets, lifetimes

Items = Sequence[Item | ReferenceGate]


def with_chunk_arenas(items: Items, kept: Collection[Hashable]) -> list[Item | ReferenceGate]:
    """Return items in which values that only a loop over chunks uses have memory for one chunk.

    kept  the blocks that are needed after the last item
    """
    users: dict[Hashable, set[int]] = {}
    for number, item in enumerate(items):
        user = id(item.calls) if isinstance(item, ChunkLoop) else number
        for block in _blocks(item):
            users.setdefault(block, set()).add(user)
    outside = {block for block, found in users.items() if len(found) > 1}.union(kept)
    return [_placed(each, outside) if isinstance(each, ChunkLoop) else each for each in items]


def _blocks(item: Item | ReferenceGate) -> Iterator[Hashable]:
    """Yield the blocks that an item uses."""
    if isinstance(item, ReferenceGate):
        yield from (*item.node.inputs, item.node)
    else:
        yield from (each.of for each in addresses_in(item))


def _placed(loop: ChunkLoop, outside: Collection[Hashable]) -> ChunkLoop:
    """Return a loop whose own values are in memory for one chunk."""
    places: dict[Hashable, set[Place]] = {}
    written: set[Hashable] = set()
    for call, units in _divided(loop):
        for used, found in places_of(units).items():
            places.setdefault(used, set()).update(found)
        written |= {_block(units.whole[at]) for at in call.written or ()}
    largest = max(each.size for each in loop.spans)
    sizes: dict[Hashable, int] = {}
    for block in written - set(outside):
        if is_computed(block) and places[block] == {(0, block_nbytes(block))}:
            sizes[block] = block_nbytes(block) // loop.fractions * largest
    uses = [[_block(each) for each in units.whole] for _, units in _divided(loop)]
    offsets, total = assign_offsets(lifetimes(uses, sizes, ()))
    memory = Scratch(total * len(loop.spans))
    if not total:
        return loop
    calls = []
    for call, units in _divided(loop):
        moved = _with_memory(units, offsets, memory, (0, total * (len(loop.spans) - 1)))
        calls.append(replace(call, arguments=moved.whole, second=None, units=moved))
    return replace(loop, calls=tuple(calls))


def _divided(loop: ChunkLoop) -> Iterator[tuple[KernelCall, Units]]:
    """Yield the calls of a loop with their units."""
    for call in loop.calls:
        assert call.units is not None
        yield call, call.units


def _block(argument: Argument) -> Hashable:
    """Return the block of an address, None for a number."""
    return argument.of if isinstance(argument, Address) else None


def _with_memory(
    units: Units, offsets: dict[Hashable, int], memory: Scratch, threads: tuple[int, int]
) -> Units:
    """Return units that use memory for one chunk.

    offsets  where the blocks are in the memory of a thread
    threads  where the memory of both threads is

    A call that takes a range counts from the first unit of all: its addresses move back.
    """
    moves = list(units.moves)
    for at, (each, step) in enumerate(zip(units.whole, units.steps, strict=True)):
        if _block(each) in offsets:
            moves[at] = -step if units.range else 0

    def placed(argument: Argument, start: int, thread: int) -> Argument:
        if not isinstance(argument, Address) or argument.of not in offsets:
            return argument
        return Address(memory, thread + offsets[argument.of] + start)

    whole, other = (
        tuple(placed(e, start, thread) for e, start in zip(given, units.starts, strict=True))
        for given, thread in zip((units.whole, units.other), threads, strict=True)
    )
    return replace(units, whole=whole, other=other, moves=tuple(moves))
