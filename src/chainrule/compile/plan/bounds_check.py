"""Bounds check: every address that a call accesses is inside its block of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chainrule.compile.lower.kernel_calls import (
    Address,
    ChunkLoop,
    Guarded,
    Item,
    MovingOperand,
    ScanLoop,
)
from chainrule.graph import ChainruleError

Room = Callable[[Any], int]


def require_inside(items: Iterable[Item], room: Room) -> None:
    """Raise ChainruleError if a call could access memory outside of a block.

    room  returns the bytes of a block: a tensor, scratch memory or a range flag
    """
    for item in items:
        if isinstance(item, ScanLoop):
            _require_loop_inside(item, room)
        elif isinstance(item, ChunkLoop):
            _require_chunks_inside(item, room)
        elif isinstance(item, Guarded):
            _require(item.flag, 0, 1, room)
            require_inside(item.items, room)
        else:
            for address in item.addresses:
                _require(address, 0, address.extent, room)


def _require_chunks_inside(loop: ChunkLoop, room: Room) -> None:
    """Check the calls of a loop over chunks: at their first unit, and after their last one."""
    for call in loop.calls:
        units = call.units
        assert units is not None
        for arguments in (units.whole, units.other):
            for each, move, start in zip(arguments, units.moves, units.starts, strict=True):
                if isinstance(each, Address):
                    _require(each, 0, units.count * move - start if move > 0 else each.extent, room)


def _require_loop_inside(loop: ScanLoop, room: Room) -> None:
    """Check a scan: its moving operands at the first and last step, then its calls."""
    for each in loop.moving:
        for step in (0, loop.count - 1):
            _require(each.start, step * each.stride, each.of.nbytes, room)
    require_inside(loop.items, _with_moving({each.of: each for each in loop.moving}, room))


def _with_moving(moving: Mapping[Any, MovingOperand], room: Room) -> Room:
    """Return the bytes of blocks, where moving operands have those of one step."""
    return lambda block: block.nbytes if block in moving else room(block)


def _require(address: Address, moved: int, nbytes: int, room: Room) -> None:
    """Check one address, moved by a number of bytes."""
    start = address.offset + moved
    if start < 0 or start + nbytes > room(address.of):
        raise ChainruleError(
            f"A compiled program would access bytes {start} to {start + nbytes} of the "
            f"{room(address.of)} bytes of {getattr(address.of, 'label', 'its scratch memory')}. "
            "This is a bug of the compiler, detected before the call; please report the function."
        )
