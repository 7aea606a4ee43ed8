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

from chainrule.compile.llvm import driver_address, kernel_address
from chainrule.compile.lower import Argument, Call, Place
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

Where = Callable[[Place], int | None]


class Tape:
    """The table of some calls.

    where  says the address of a place, None if it is written by `bind` before every run, or again
           and again
    """

    def __init__(self, calls: Sequence[Call], where: Where) -> None:
        self._cells: dict[Tensor, list[tuple[int, int]]] = {}
        arguments: list[int] = []
        heads: list[int] = []
        for call in calls:
            starts = [self._written(each, arguments, where) for each in _halves(call)]
            heads += [kernel_address(call.text), starts[0] + 1, starts[-1] + 1 if starts[1:] else 0]
        self.arguments = np.array(arguments, np.int64)
        self.heads = np.array(heads, np.int64).reshape(-1, 3)
        first = address_of(self.arguments)
        for column in (1, 2):
            column_ = self.heads[:, column]
            self.heads[:, column] = np.where(column_ > 0, first + 8 * (column_ - 1), 0)
        self._values = self.arguments.data
        self._where = (address_of(self.heads), len(self.heads))

    def _written(self, call: Iterable[Argument], arguments: list[int], where: Where) -> int:
        """Append the arguments of a call, and return where they start."""
        start = len(arguments)
        for each in call:
            known = where(each) if isinstance(each, Place) else each
            if known is None:
                assert isinstance(each, Place)
                assert isinstance(each.of, Tensor)
                self._cells.setdefault(each.of, []).append((len(arguments), each.offset))
            arguments.append(known or 0)
        return start

    def bind(self, tensor: Tensor, address: int) -> None:
        """Say where a tensor's memory starts in the runs to come."""
        for cell, offset in self._cells.get(tensor, ()):
            self._values[cell] = address + offset

    @property
    def bound(self) -> list[Tensor]:
        """The tensors whose places are written by `bind`."""
        return list(self._cells)

    def run(self) -> None:
        """Make the calls."""
        if self._where[1]:
            helper().call(runner(), *self._where)


@cache
def runner() -> Callable[[int, int, int], None]:
    """Return the function that runs a tape: control block, records, how many."""
    form = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    return form(driver_address(RUN))


def address_of(array: np.ndarray) -> int:
    """Return where an array's memory starts."""
    return int(array.__array_interface__["data"][0])


def _halves(call: Call) -> list[Sequence[Argument]]:
    return [call.arguments] if call.second is None else [call.arguments, call.second]
