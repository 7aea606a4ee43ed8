"""Call tables with native code: loaded once per program, copied for every workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from chainrule.compile.native.llvm import Loaded, driver, kernel
from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.call_table import CallTable, Code, Driver, Slot
from chainrule.compile.run.compile_progress import CompileProgress
from chainrule.compile.run.drivers import DRIVERS
from chainrule.compile.run.thread_helper import RUN, control_block, helper
from chainrule.compile.run.thread_tuner import ThreadTuner
from chainrule.graph import Array, Tensor


class LoadedTable:
    """A call table whose kernels are compiled and in memory.

    slots     where the address of an argument, an output or a parameter goes before a call
    in_arena  the positions of addresses in the arena
    """

    def __init__(self, table: CallTable, codes: dict[Code, Loaded]) -> None:
        self.slots: dict[Tensor, list[Slot]] = table.slots
        self._codes = codes
        self._first, self._count, self._is_split = table.first, table.count, table.is_split
        self._own, self.in_arena = table.own, np.array(table.in_arena, np.intp)
        self._numbers = np.array(table.numbers, np.int64)
        for position, code in table.codes:
            self._numbers[position] = codes[code].address

    def bound(self) -> BoundTable:
        """Return a copy for a workspace; it has to move to an arena."""
        numbers = self._numbers.copy()
        start = address_of(numbers)
        numbers[self._own] = start + 8 * numbers[self._own]
        tuner = ThreadTuner() if self._is_split else None
        run = self._codes[Driver.TABLE].address
        return BoundTable(numbers, (run, start + 8 * self._first, self._count), tuner, self)


class BoundTable:
    """The table of one workspace: addresses written into `numbers` are used by the next run.

    numbers  the table
    run      makes the calls; it keeps alive what they read
    """

    def __init__(
        self,
        numbers: Array,
        call: tuple[int, int, int],
        tuner: ThreadTuner | None,
        loaded: LoadedTable,
    ) -> None:
        """Make a table.

        call    the address of the function that runs it, of its first record, and their number
        tuner   chooses between one thread and two; None if no call is split
        loaded  the table that holds the code
        """
        self.numbers = numbers.data
        self._array, self._in_arena, self._arena = numbers, loaded.in_arena, 0
        block, (code, heads, count) = control_block(), call
        own = address_of(block)
        run: Any = (
            partial(RUN(code) if count else _nothing, own, heads, count)
            if tuner is None
            else partial(helper().call, own, *call, tuner)
        )
        run.memory = (numbers, block, loaded)
        self.run: Callable[[], None] = run

    def move_to(self, arena: int) -> None:
        """Point into the arena that starts at an address."""
        if arena != self._arena:
            self._array[self._in_arena] += arena - self._arena
            self._arena = arena


def _nothing(*call: int) -> None:
    """Run a table without records."""


def load_codes(tables: Iterable[CallTable], progress: CompileProgress) -> dict[Code, Loaded]:
    """Compile the kernels and drivers of tables, or read them from the cache, and load them."""
    used = (code for table in tables for _, code in table.codes)
    wanted = dict.fromkeys((Driver.TABLE, *used))
    with progress.of(len(wanted)) as next_kernel:
        return {code: _loaded(code, next_kernel) for code in wanted}


def _loaded(code: Code, next_kernel: Callable[[], None]) -> Loaded:
    """Load a kernel or a driver."""
    next_kernel()
    return driver(DRIVERS[code]) if isinstance(code, Driver) else kernel(code)
