"""Tape: calls in order as a table of numbers, which one native call runs from top to bottom.

A record is three numbers: the address of a kernel, that of its arguments, and that of the arguments
of its other half, 0 if there is none. Addresses that change from run to run are written into the
arguments before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from chainrule.compile.lower.kernel_calls import Argument, Item, Note, Place, Repeat, Scratch
from chainrule.compile.native.llvm import Loaded, driver, kernel
from chainrule.compile.run.thread_tuner import Pace
from chainrule.compile.run.thread_helper import FORK, control_block, helper
from chainrule.graph import Array, Tensor

RUN = f"""
{FORK}
define void @run(ptr %ctl, ptr %heads, i64 %count) {{
entry:
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %following, %done ]
  %at = mul i64 %i, 3
  %head = getelementptr i64, ptr %heads, i64 %at
  %first.at = getelementptr i64, ptr %head, i64 1
  %second.at = getelementptr i64, ptr %head, i64 2
  %kernel = load ptr, ptr %head
  %first = load ptr, ptr %first.at
  %second = load ptr, ptr %second.at
  %whole = icmp eq ptr %second, null
  br i1 %whole, label %alone, label %halves
alone:
  call void %kernel(ptr %first, ptr %ctl)
  br label %done
halves:
  call void @fork(ptr %ctl, ptr %kernel, ptr %first, ptr %second)
  br label %done
done:
  %following = add i64 %i, 1
  %more = icmp slt i64 %following, %count
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""

REPEAT = """
define void @run(ptr %arguments, ptr %ctl) {
entry:
  %heads = load ptr, ptr %arguments
  %count.at = getelementptr i64, ptr %arguments, i64 1
  %count = load i64, ptr %count.at
  %moves.at = getelementptr i64, ptr %arguments, i64 2
  %moves = load ptr, ptr %moves.at
  %moved.at = getelementptr i64, ptr %arguments, i64 3
  %moved = load i64, ptr %moved.at
  %steps.at = getelementptr i64, ptr %arguments, i64 4
  %steps = load i64, ptr %steps.at
  %run.at = getelementptr i64, ptr %arguments, i64 5
  %run = load ptr, ptr %run.at
  br label %step
step:
  %t = phi i64 [ 0, %entry ], [ %later, %call ]
  br label %move
move:
  %m = phi i64 [ 0, %step ], [ %next, %move ]
  %at = mul i64 %m, 3
  %row = getelementptr i64, ptr %moves, i64 %at
  %cell = load ptr, ptr %row
  %start.at = getelementptr i64, ptr %row, i64 1
  %start = load i64, ptr %start.at
  %stride.at = getelementptr i64, ptr %row, i64 2
  %stride = load i64, ptr %stride.at
  %way = mul i64 %stride, %t
  %place = add i64 %start, %way
  store i64 %place, ptr %cell
  %next = add i64 %m, 1
  %more = icmp slt i64 %next, %moved
  br i1 %more, label %move, label %call
call:
  call void %run(ptr %ctl, ptr %heads, i64 %count)
  %later = add i64 %t, 1
  %again = icmp slt i64 %later, %steps
  br i1 %again, label %step, label %end
end:
  ret void
}
"""

Where = Callable[[Place], "Spot | None"]
Cell = tuple[int, int]


class Spot(NamedTuple):
    """An address that never changes; of a place in the arena, relative to its start."""

    address: int
    in_arena: bool


class Tape:
    """Some calls as a table of numbers, from which tables for single workspaces are made.

    where  says where a place is, None if its address is written into `cells` before a run

    The table holds the arguments of every call, then the records of the calls; the arguments and
    records of a loop's body stand among them, with the addresses that the loop itself writes.

    cells  where addresses go that are written before a run: a place in the table, and how many
           bytes after the start of the tensor's memory
    """

    def __init__(self, items: Sequence[Item], where: Where) -> None:
        self._where = where
        self._numbers: list[int] = []
        self._own: list[int] = []
        self._in_arena: list[int] = []
        self._codes: dict[str, Loaded] = {}
        self._moving: dict[Tensor | Scratch, list[tuple[int, int]]] = {}
        self.cells: dict[Tensor, list[Cell]] = {}
        self._has_halves = False
        self._run = self._driver(RUN)
        self._heads, self._count = self._records(items), len(items)
        self._array = np.array(self._numbers, np.int64)

    def table(self, arena: int) -> Table:
        """Return a table of its own for a workspace whose arena starts at this address."""
        numbers = self._array.copy()
        start = address_of(numbers)
        numbers[self._own] = start + 8 * numbers[self._own]
        numbers[self._in_arena] += arena
        pace = Pace() if self._has_halves else None
        return Table(numbers, (self._run, start + 8 * self._heads, self._count), pace, self)

    # -- writing ---------------------------------------------------------------------------------

    def _records(self, items: Sequence[Item]) -> int:
        """Write calls with their arguments, and return where their records start."""
        written = [self._written(each) for each in items]
        start = len(self._numbers)
        for address, first, second in written:
            self._numbers.append(address)
            self._point_to(first)
            if second is None:
                self._numbers.append(0)
            else:
                self._has_halves = True
                self._point_to(second)
        return start

    def _written(self, item: Item) -> tuple[int, int, int | None]:
        """Write the arguments of a call; return its kernel and where they start."""
        if isinstance(item, Repeat):
            return self._driver(REPEAT), self._loop(item), None
        first = self._arguments(item.arguments)
        second = None if item.second is None else self._arguments(item.second)
        return self._kernel(item.text), first, second

    def _driver(self, text: str) -> int:
        return self._codes.setdefault(text, driver(text)).address

    def _kernel(self, text: str) -> int:
        return self._codes.setdefault(text, kernel(text)).address

    def _loop(self, item: Repeat) -> int:
        """Write a loop: its body, a row (cell, address, stride) per address that moves."""
        for each in item.moving:
            self._moving[each.of] = []
        heads = self._records(item.items)
        moves = len(self._numbers)
        for each in item.moving:
            for cell, offset in self._moving.pop(each.of):
                self._point_to(cell)
                self._argument(Place(each.start.of, each.start.offset + offset))
                self._numbers.append(each.stride)
        moved = (len(self._numbers) - moves) // 3
        start = len(self._numbers)
        self._point_to(heads)
        self._numbers.append(len(item.items))
        self._point_to(moves)
        self._numbers += [moved, item.count, self._run]
        return start

    def _arguments(self, given: Iterable[Argument]) -> int:
        start = len(self._numbers)
        for each in given:
            self._argument(each)
        return start

    def _argument(self, given: Argument) -> None:
        if isinstance(given, Place):
            self._numbers.append(self._address(given))
        else:
            self._numbers.append(given)

    def _address(self, place: Place) -> int:
        """Return an address, 0 if it is written later."""
        number, of = len(self._numbers), place.of
        if not isinstance(of, Note) and of in self._moving:
            self._moving[of].append((number, place.offset))
            return 0
        spot = self._where(place)
        if spot is None:
            assert isinstance(of, Tensor)
            self.cells.setdefault(of, []).append((number, place.offset))
            return 0
        if spot.in_arena:
            self._in_arena.append(number)
        return spot.address

    def _point_to(self, number: int) -> None:
        """Write the address of a number of this table."""
        self._own.append(len(self._numbers))
        self._numbers.append(number)


class Table:
    """The table of one workspace: addresses written into `numbers` hold for the next run.

    run   makes the calls
    call  the address of the function that runs it, that of its first record, how many records
    pace  chooses between one thread and two; None if no call has halves
    made  what it was made from, which holds the code that it calls
    """

    def __init__(
        self, numbers: Array, call: tuple[int, int, int], pace: Pace | None, made: Tape
    ) -> None:
        self.numbers = numbers.data
        block = control_block()
        memory = (numbers, block, made)
        self.run: Callable[[], None] = partial(
            helper().call, address_of(block), *call, pace, memory
        )


def address_of(array: np.ndarray) -> int:
    """Return where an array's memory starts."""
    return int(array.__array_interface__["data"][0])
