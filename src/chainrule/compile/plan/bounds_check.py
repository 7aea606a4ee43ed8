"""Bounds: every place that a program's calls work on lies inside the memory it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chainrule.compile.lower.kernel_calls import Address, Item, KernelCall, MovingOperand, ScanLoop
from chainrule.graph import ChainruleError

Room = Callable[[Any], int]


def require_inside(items: Iterable[Item], room: Room) -> None:
    """Raise ChainruleError if a call could read or write outside of a block of memory.

    room  says how many bytes a block has: a tensor, scratch memory or a note
    """
    for item in items:
        if isinstance(item, ScanLoop):
            _require_loop_inside(item, room)
        else:
            for place in _places(item):
                _require(place, 0, place.extent, room)


def _require_loop_inside(loop: ScanLoop, room: Room) -> None:
    for each in loop.moving:
        for step in (0, loop.count - 1):
            _require(each.start, step * each.stride, each.of.nbytes, room)
    require_inside(loop.items, _with_moving({each.of: each for each in loop.moving}, room))


def _with_moving(moving: Mapping[Any, MovingOperand], room: Room) -> Room:
    return lambda block: block.nbytes if block in moving else room(block)


def _places(call: KernelCall) -> Iterable[Address]:
    return (each for each in (*call.arguments, *(call.second or ())) if isinstance(each, Address))


def _require(place: Address, moved: int, nbytes: int, room: Room) -> None:
    start = place.offset + moved
    if start < 0 or start + nbytes > room(place.of):
        raise ChainruleError(
            f"A compiled program would work on bytes {start} to {start + nbytes} of the "
            f"{room(place.of)} bytes of {getattr(place.of, 'label', 'its scratch memory')}. "
            "This is a fault of the compiler, found before a call; please report the function."
        )
