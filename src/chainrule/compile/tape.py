"""Tape: calls in order as a table of numbers, which one native call runs from top to bottom.

A record is three numbers: the address of a kernel, that of its arguments, and that of the arguments
of its other half, 0 if there is none. Addresses that change from run to run are written into the
arguments before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np

from chainrule.compile.kernel_calls import Argument, Item, Note, Place, Repeat, Scratch
from chainrule.compile.llvm import driver_address, kernel_address
from chainrule.compile.pace import Pace
from chainrule.compile.threads import FORK, helper
from chainrule.graph import Tensor

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

Where = Callable[[Place], int | None]
Cell = tuple[memoryview, int, int]


class Tape:
    """The table of some calls.

    where  says the address of a place, None if that is written into `cells` before a run

    The table holds the arguments of every call, then the records of the calls; the arguments and
    records of a loop's body stand among them, with the addresses that the loop itself writes.
    """

    def __init__(self, items: Sequence[Item], where: Where) -> None:
        self._address_of = where
        self._numbers: list[int] = []
        self._own: list[int] = []
        self._cells: dict[Tensor, list[tuple[int, int]]] = {}
        self._moving: dict[Tensor | Scratch, list[tuple[int, int]]] = {}
        heads = self._records(items)
        self.table = np.array(self._numbers, np.int64)
        start = address_of(self.table)
        self.table[self._own] = start + 8 * self.table[self._own]
        self._values = self.table.data
        self._run = (start + 8 * heads, len(items))
        self._pace = Pace()

    @property
    def cells(self) -> dict[Tensor, list[Cell]]:
        """Where addresses go that are written before a run: the table, a place in it, and how many
        bytes after the start of the tensor's memory."""
        return {
            tensor: [(self._values, place, offset) for place, offset in places]
            for tensor, places in self._cells.items()
        }

    def run(self) -> None:
        """Make the calls."""
        if self._run[1]:
            helper().call(runner(), *self._run, self._pace)

    # -- writing ---------------------------------------------------------------------------------

    def _records(self, items: Sequence[Item]) -> int:
        """Write calls with their arguments, and return where their records start."""
        written = [self._written(each) for each in items]
        start = len(self._numbers)
        for kernel, first, second in written:
            self._numbers.append(kernel)
            self._point_to(first)
            if second is None:
                self._numbers.append(0)
            else:
                self._point_to(second)
        return start

    def _written(self, item: Item) -> tuple[int, int, int | None]:
        """Write the arguments of a call; return its kernel and where they start."""
        if isinstance(item, Repeat):
            return driver_address(REPEAT), self._loop(item), None
        first = self._arguments(item.arguments)
        second = None if item.second is None else self._arguments(item.second)
        return kernel_address(item.text), first, second

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
        self._numbers += [moved, item.count, driver_address(RUN)]
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
        cell = (len(self._numbers), place.offset)
        of = place.of
        if not isinstance(of, Note) and of in self._moving:
            self._moving[of].append(cell)
            return 0
        known = self._address_of(place)
        if known is None:
            assert isinstance(of, Tensor)
            self._cells.setdefault(of, []).append(cell)
        return known or 0

    def _point_to(self, number: int) -> None:
        """Write the address of a number of this table."""
        self._own.append(len(self._numbers))
        self._numbers.append(number)


@cache
def runner() -> Callable[[int, int, int], None]:
    """Return the function that runs a tape: control block, records, how many."""
    form = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    return form(driver_address(RUN))


def address_of(array: np.ndarray) -> int:
    """Return where an array's memory starts."""
    return int(array.__array_interface__["data"][0])
