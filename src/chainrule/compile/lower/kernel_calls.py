"""Calls: what a program makes of kernels, whose arguments are places in memory and numbers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from chainrule.compile.kernels.small_kernels import fill_text
from chainrule.graph import Tensor


@dataclass(frozen=True, eq=False)
class Scratch:
    """Memory that one step works in."""

    nbytes: int


@dataclass(frozen=True, eq=False)
class Note:
    """A cell in which a kernel notes that one of `ids` is outside an axis of `table`.

    within  the gate, such as a scan, that says what is wrong when the reference evaluator runs it;
            None if the ids themselves say it
    """

    name: str
    ids: Tensor
    table: Tensor
    size: int
    within: Tensor | None = None

    nbytes = 8


@dataclass(frozen=True)
class Place:
    """An address: so many bytes after the start of somebody's memory.

    nbytes  how many bytes from there on are used at most; None: all that is left of that memory
    """

    of: Tensor | Scratch | Note
    offset: int = 0
    nbytes: int | None = None

    @property
    def extent(self) -> int:
        """How many bytes from there on are used at most."""
        return self.of.nbytes - self.offset if self.nbytes is None else self.nbytes

    def within(self, of: Tensor | Scratch | Note, offset: int) -> Place:
        """Return this place as one in a memory in which its own starts at `offset`."""
        return Place(of, offset + self.offset, self.extent)


Argument = Place | int
Block = Tensor | Scratch
Arguments = tuple[Argument, ...]


@dataclass(frozen=True)
class Call:
    """One call of a kernel, or two that two threads may run side by side.

    text       the kernel's; equal texts are compiled once
    arguments  addresses for its pointers, then numbers for its extents
    second     the arguments of the other half, None if there is none
    prepares   whether it only copies an operand into scratch memory: a loop that captures the
               operand does so once
    """

    text: str
    arguments: Arguments
    second: Arguments | None = None
    prepares: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Moving:
    """What a loop finds at another place in every step: at the first one, and bytes per step."""

    of: Tensor | Scratch
    start: Place
    stride: int


@dataclass(frozen=True)
class Repeat:
    """Calls made `count` times, in order, while the places of `moving` move."""

    items: tuple[Item, ...]
    moving: tuple[Moving, ...]
    count: int


Item = Call | Repeat


def is_computed(block: Hashable) -> TypeGuard[Block]:
    """Say whether a program needs memory for a block: a computed value, or what a step works in."""
    return isinstance(block, Scratch) or (isinstance(block, Tensor) and block.primitive is not None)


def places_of(item: Item) -> Iterator[Place]:
    """Yield the places that an item works on, those that move in a loop left out."""
    if isinstance(item, Call):
        for each in (*item.arguments, *(item.second or ())):
            if isinstance(each, Place):
                yield each
        return
    moving = {each.of for each in item.moving}
    yield from (each.start for each in item.moving)
    yield from (e for inner in item.items for e in places_of(inner) if e.of not in moving)


def replaced(item: Item, new: Callable[[Place], Place]) -> Item:
    """Return an item on other places; those that move in a loop stay."""
    if isinstance(item, Call):
        return replace(
            item,
            arguments=_replaced(item.arguments, new),
            second=None if item.second is None else _replaced(item.second, new),
        )
    mine = {each.of for each in item.moving}
    return replace(
        item,
        items=tuple(
            replaced(each, lambda place: place if place.of in mine else new(place))
            for each in item.items
        ),
        moving=tuple(replace(each, start=new(each.start)) for each in item.moving),
    )


def _replaced(arguments: Arguments, new: Callable[[Place], Place]) -> Arguments:
    return tuple(new(each) if isinstance(each, Place) else each for each in arguments)


def filled(block: Block, byte: int = 0) -> Call:
    """Return the call that gives every byte of a block one value."""
    return Call(fill_text(), (Place(block), byte, block.nbytes))
