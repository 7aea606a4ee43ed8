"""Call tables: kernel calls in order as a table of numbers, which one native call runs.

The table holds the arguments of every call, then one record per call. A record is three numbers:
the address of a kernel, the address of its arguments, and the address of the arguments of the
second thread's call, 0 if the work is not split. The arguments and records of a scan's body are in
the same table, with the addresses that the scan writes before every step.

The plan knows neither the addresses of kernels, nor those of the arena, arguments, outputs and
parameters. The table lists where they go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from chainrule.compile.lower.kernel_calls import (
    Address,
    Argument,
    ChunkLoop,
    Guarded,
    Item,
    RangeFlag,
    ScanLoop,
    Scratch,
)
from chainrule.graph import Tensor


class Driver(Enum):
    """The native functions that run records: of a table, a scan's body, a branch or a loop."""

    TABLE = "table"
    SCAN = "scan"
    BRANCH = "branch"
    WHILE = "while"


class FixedAddress(NamedTuple):
    """An address that never changes; in the arena, an offset from its start."""

    address: int
    in_arena: bool


Code = str | Driver  # the text of a kernel, or a driver
Slot = tuple[int, int]  # a position in the table, and bytes after the start of a tensor's memory
Move = tuple[int, Argument, int]  # the position of an argument, its first value, its step
Written = tuple[Code, int, int | None]  # a kernel, and the positions of the arguments of its calls
Where = Callable[[Address], FixedAddress | None]


class CallTable:
    """A table of calls, without the addresses that are known only later.

    numbers    the table
    codes      the position of every address of a kernel or driver, with what it is
    own        the positions of addresses in this table, which holds them as positions
    in_arena   the positions of addresses in the arena, which it holds as offsets
    slots      where the address of an argument, an output or a parameter goes before a call
    first      the position of the first record
    count      the number of records
    is_split   whether two threads may share the work of some call
    """

    def __init__(self, items: Sequence[Item], where: Where) -> None:
        """Write the table; `where` returns a fixed address, None for one that goes to a slot."""
        self._where = where
        self._moving: dict[Tensor | Scratch, list[Slot]] = {}
        self.numbers: list[int] = []
        self.codes: list[tuple[int, Code]] = []
        self.own: list[int] = []
        self.in_arena: list[int] = []
        self.slots: dict[Tensor, list[Slot]] = {}
        self.is_split = False
        self.first, self.count = self._records(items), len(items)

    def _records(self, items: Sequence[Item]) -> int:
        """Write the calls with their arguments, and return the position of the first record."""
        return self._table([self._written(each) for each in items])

    def _table(self, written: Sequence[Written]) -> int:
        """Write the records of calls whose arguments are written, and return the first position."""
        start = len(self.numbers)
        for code, first, second in written:
            self._add_code(code)
            self._point_to(first)
            if second is None:
                self.numbers.append(0)
            else:
                self.is_split = True
                self._point_to(second)
        return start

    def _written(self, item: Item) -> Written:
        """Write the arguments of a call; return its code and the positions of its arguments."""
        if isinstance(item, ScanLoop):
            return Driver.SCAN, self._scan(item), None
        if isinstance(item, ChunkLoop):
            first, *others = (self._chunks(item, number) for number in range(len(item.spans)))
            return Driver.SCAN, first, others[0] if others else None
        if isinstance(item, Guarded):
            return Driver.WHILE if item.is_loop else Driver.BRANCH, self._guarded(item), None
        first = self._arguments(item.arguments)
        second = None if item.second is None else self._arguments(item.second)
        return item.text, first, second

    def _scan(self, loop: ScanLoop) -> int:
        """Write a scan: its body, and (slot, address, stride) for every address that moves."""
        for each in loop.moving:
            self._moving[each.of] = []
        records = self._records(loop.items)
        moves = [
            (position, Address(each.start.of, each.start.offset + offset), each.stride)
            for each in loop.moving
            for position, offset in self._moving.pop(each.of)
        ]
        return self._repeated(records, len(loop.items), moves, loop.count)

    def _chunks(self, loop: ChunkLoop, number: int) -> int:
        """Write the part of one thread of a loop over chunks."""
        span, moves, written = loop.spans[number], list[Move](), list[Written]()
        for call in loop.calls:
            units = call.units
            assert units is not None
            each = units.count // loop.fractions
            count = span.size * each
            given = units.part(span.start * each, count, is_second=number > 0)
            start = len(self.numbers)
            for argument, step in zip(given, units.moves, strict=True):
                if step and span.times > 1:
                    moves.append((len(self.numbers), argument, count * step))
                    self.numbers.append(0)
                else:
                    self._argument(argument)
            written.append((call.text, start, None))
        return self._repeated(self._table(written), len(written), moves, span.times)

    def _repeated(self, records: int, count: int, moves: Sequence[Move], times: int) -> int:
        """Write a repetition of records, before which arguments change.

        records  the position of the first record
        count    the number of records
        """
        moving = len(self.numbers)
        for position, address, stride in moves:
            self._point_to(position)
            self._argument(address)
            self.numbers.append(stride)
        start = len(self.numbers)
        self._point_to(records)
        self.numbers.append(count)
        self._point_to(moving)
        self.numbers += [len(moves), times]
        self._add_code(Driver.TABLE)
        return start

    def _guarded(self, item: Guarded) -> int:
        """Write a branch or a loop: both lists of records, and the address of the flag."""
        first, second = self._records(item.first), self._records(item.second)
        start = len(self.numbers)
        for records, items in ((first, item.first), (second, item.second)):
            self._point_to(records)
            self.numbers.append(len(items))
        self._argument(item.flag)
        self._add_code(Driver.TABLE)
        return start

    def _arguments(self, given: Iterable[Argument]) -> int:
        """Write arguments, and return the position of the first."""
        start = len(self.numbers)
        for each in given:
            self.numbers.append(self._number_of(each) if isinstance(each, Address) else each)
        return start

    def _argument(self, given: Argument) -> None:
        """Write one argument."""
        self.numbers.append(self._number_of(given) if isinstance(given, Address) else given)

    def _number_of(self, address: Address) -> int:
        """Return an address as a number, 0 if it is written later."""
        position, of = len(self.numbers), address.of
        if not isinstance(of, RangeFlag) and of in self._moving:
            self._moving[of].append((position, address.offset))
            return 0
        fixed = self._where(address)
        if fixed is None:
            assert isinstance(of, Tensor)
            self.slots.setdefault(of, []).append((position, address.offset))
            return 0
        if fixed.in_arena:
            self.in_arena.append(position)
        return fixed.address

    def _add_code(self, code: Code) -> None:
        """Reserve a position for the address of a kernel or driver."""
        self.codes.append((len(self.numbers), code))
        self.numbers.append(0)

    def _point_to(self, position: int) -> None:
        """Write the address of a position of this table."""
        self.own.append(len(self.numbers))
        self.numbers.append(position)
