"""Place the inner blocks of a scan's body in one block of scratch memory, used at every step."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from chainrule.compile.lower.kernel_calls import (
    Address,
    ChunkLoop,
    Guarded,
    Item,
    KernelCall,
    ScanLoop,
    Scratch,
    addresses_in,
    block_nbytes,
    is_computed,
    with_addresses,
)
from chainrule.compile.plan.arena import assign_offsets, lifetimes
from chainrule.compile.plan.bounds_check import require_inside


def with_scan_arenas(item: Item) -> Item:
    """Return an item in which the inner blocks of every scan, also of nested ones, have a place."""
    return item if isinstance(item, KernelCall | ChunkLoop) else _placed(item)[0]


def _placed(loop: ScanLoop | Guarded) -> tuple[ScanLoop | Guarded, Scratch]:
    """Return a loop without inner blocks, and the scratch memory in which it has placed them."""
    items: list[Item] = []
    inner = set(loop.inner)
    for each in loop.items:
        if isinstance(each, KernelCall | ChunkLoop):
            items.append(each)
        else:
            nested, memory = _placed(each)
            items.append(nested)
            inner.add(memory)
    uses = [[each.of for each in addresses_in(item)] for item in items]
    if isinstance(loop, Guarded):
        uses.insert(len(loop.first), [loop.flag.of])
    sizes: dict[Hashable, int] = {
        each: block_nbytes(each)
        for used in uses
        for each in used
        if each in inner and is_computed(each)
    }
    require_inside(items, lambda block: sizes.get(block, block.nbytes))
    offsets, total = assign_offsets(lifetimes(uses, sizes, []))
    memory = Scratch(total)

    def placed(address: Address) -> Address:
        if address.of not in offsets:
            return address
        return address.moved_to(memory, offsets[address.of])

    made = tuple(with_addresses(each, placed) for each in items)
    if isinstance(loop, ScanLoop):
        return replace(loop, items=made, inner=frozenset()), memory
    count, flag = len(loop.first), placed(loop.flag)
    return Guarded(loop.is_loop, flag, made[:count], made[count:]), memory
