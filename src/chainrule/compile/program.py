"""Program: the steps with their memory, run as few native calls as there are native stretches."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from chainrule.compile import blas
from chainrule.compile.driver import Call, Halves, driver_text
from chainrule.compile.fuse import Alias, Loop, Reference, Rows, Step, Total
from chainrule.compile.gathering import write_rows_text
from chainrule.compile.halves import (
    WORTHWHILE_MOVES,
    Numbers,
    halves_of_loop,
    halves_of_product,
    halves_of_rows,
)
from chainrule.compile.llvm import driver_address, kernel_address
from chainrule.compile.loops import Kernel, loop_kernel, total_kernel
from chainrule.compile.moves import Move, halves_of_part, simplified
from chainrule.compile.products import Product
from chainrule.compile.strided import move_text
from chainrule.compile.threads import helper
from chainrule.compile.trace import Traced
from chainrule.graph import (
    Array,
    Constant,
    Parameter,
    RangeError,
    Replace,
    ReplaceRows,
    Tensor,
    compute,
)

_GEMM = {"float32": "cblas_sgemm", "float64": "cblas_dgemm"}


class Program:
    """A traced function ready to run on arrays of its signature.

    Every tensor that reaches memory has a place in a table of addresses, which the native code
    reads; places of inputs and parameters are written anew before a run. New values of parameters
    are computed beside the old ones and exchanged at the end, so that a run that fails changes
    nothing.
    """

    def __init__(self, traced: Traced, steps: Sequence[Step]) -> None:
        self.traced, self.steps = traced, tuple(steps)
        self._alias = {s.node: s.node.inputs[0] for s in steps if isinstance(s, Alias)}
        self._arrays: dict[Tensor, Array] = {}
        self._place: dict[Tensor, int] = {}
        self._table: list[int] = []
        self._extents: list[int] = []
        self._parameters: list[Parameter] = []
        self._notes: list[tuple[Tensor, Tensor]] = []
        checked = [each for each in steps if isinstance(each, Rows)]
        self._notes_cells = np.full(len(checked) + 1, -1, np.int64)
        self._scratch: list[Array] = []
        written = Counter(each.new for each in traced.updates if isinstance(each, Replace))
        self._shared = {node for node, count in written.items() if count > 1}
        self._stretches = [self._prepared(list(part)) for part in _stretches(steps)]
        self._write_rows = self._row_writer()
        self._addresses = np.array(self._table, np.uintp)
        self._sizes = np.array(self._extents, np.int64)
        self._tables = (_address(self._addresses), _address(self._sizes))
        self.bytes = sum(each.nbytes for each in self._arrays.values())

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together."""
        for node, array in zip(self.traced.inputs, arrays, strict=True):
            self._bind(node, array)
        for parameter in self._parameters:
            if parameter.peek() is not self._arrays.get(parameter):
                self._bind(parameter, parameter.peek())
        for stretch in self._stretches:
            stretch()
        if self._notes_cells.max() >= 0:
            self._raise_noted()
        outputs = [self.value(each).copy() for each in self.traced.outputs]
        self._update()
        return outputs

    def value(self, node: Tensor) -> Array:
        """Return the value that `node` has after the steps before, read-only."""
        if node in self._arrays:
            return self._arrays[node]
        if node in self._alias:
            return self.value(self._alias[node]).reshape(node.shape)
        return node.peek()

    # -- memory ----------------------------------------------------------------------------------

    def _bind(self, node: Tensor, array: Array) -> None:
        self._arrays[node] = array
        if node in self._place:
            self._addresses[self._place[node]] = _address(array)

    def _allocate(self, node: Tensor) -> None:
        self._arrays[node] = np.empty(node.shape, node.dtype)

    def _place_of(self, node: Tensor) -> int:
        while node in self._alias:
            node = self._alias[node]
        if node not in self._place:
            if isinstance(node, Parameter):
                self._parameters.append(node)
            if isinstance(node, Constant):
                self._arrays[node] = np.ascontiguousarray(node.read())
            known = self._arrays.get(node)
            self._place[node] = self._entry(0 if known is None else _address(known))
        return self._place[node]

    def _entry(self, address: int) -> int:
        self._table.append(address)
        return len(self._table) - 1

    def _size(self, extent: int) -> int:
        self._extents.append(extent)
        return len(self._extents) - 1

    # -- steps -----------------------------------------------------------------------------------

    def _prepared(self, steps: list[Step]) -> Any:
        if isinstance(steps[0], Reference):
            node = steps[0].node
            return lambda: self._evaluate(node)
        return self._native([call for step in steps for call in self._lowered(step)])

    def _native(self, calls: Sequence[Call | Halves]) -> Callable[[], None]:
        """Return what runs the calls in order on the program's two tables."""
        address = driver_address(driver_text(calls))
        run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(address)
        return lambda: helper().call(run, *self._tables)

    def _evaluate(self, node: Tensor) -> None:
        assert node.primitive is not None
        arrays = [self.value(each) for each in node.inputs]
        result = compute(node.primitive, arrays, node.attributes)
        self._bind(node, np.ascontiguousarray(result).reshape(node.shape))

    def _lowered(self, step: Step) -> Iterator[Call | Halves]:
        """Yield what a step calls: the form of the call, places in the table, and extents."""
        if isinstance(step, Loop):
            for each in step.outputs:
                self._allocate(each)
            yield self._called(loop_kernel(step), len(step.nodes))
        elif isinstance(step, Total):
            self._allocate(step.node)
            cleared = self._size(step.node.size * step.node.dtype.itemsize)
            yield Call("clear", [self._place_of(step.node)], [cleared])
            yield self._called(total_kernel(step))
        elif isinstance(step, Product):
            self._allocate(step.node)
            yield self._product(step)
        elif isinstance(step, Rows):
            yield from self._rows(step)
        elif isinstance(step, Move):
            yield from self._moved(step)

    def _moved(self, step: Move) -> Iterator[Call | Halves]:
        self._allocate(step.node)
        target = self._place_of(step.node)
        if step.cleared:
            yield Call("clear", [target], [self._size(step.node.size * step.node.dtype.itemsize)])
        for part in map(simplified, step.parts):
            address = kernel_address(move_text(step.node, part, step.adds))
            places = [self._entry(address), self._place_of(part.source), target]
            halves = halves_of_part(part, WORTHWHILE_MOVES)
            numbers = [(*p.extents, *p.read, *p.write, p.read_from, p.write_to) for p in halves]
            yield self._halved("kernel", places, numbers, [() for _ in halves])

    def _rows(self, step: Rows) -> Iterator[Call | Halves]:
        node, kernel = step.node, step.kernel
        room = np.empty(kernel.padded or node.size, node.dtype)
        self._arrays[node] = room[: node.size].reshape(node.shape)
        operands = [self._place_of(each) for each in (*node.inputs, node)]
        if kernel.cleared:
            yield Call("clear", [operands[-1]], [self._size(node.size * node.dtype.itemsize)])
        noted = [] if kernel.checked is None else [self._noting(node, kernel.checked)]
        scratch = []
        if kernel.scratch or kernel.room:
            bytes_ = 8 * kernel.scratch or 2 * kernel.room
            self._scratch.append(np.empty(bytes_, np.uint8))
            scratch = [self._entry(_address(self._scratch[-1]))]
        if kernel.scratch:
            yield Call("empty", scratch, [self._size(self._scratch[-1].nbytes)])
        library = [self._entry(blas.address(kernel.library))] if kernel.library else []
        first = [self._entry(kernel_address(kernel.text)), *library, *noted]
        sizes = [each.dtype.itemsize for each in (*node.inputs, node)]
        numbers, moved = halves_of_rows(kernel, sizes)
        still, rooms = (0,) * len(first), ((0,) * len(scratch), (kernel.room,) * len(scratch))
        offsets = [(*still, *m, *room) for m, room in zip(moved, rooms, strict=False)]
        yield self._halved("kernel", [*first, *operands, *scratch], numbers, offsets)

    def _noting(self, node: Tensor, ids: int) -> int:
        """Return the place of a cell in which a kernel notes the position of an id outside."""
        cell = self._notes_cells[len(self._notes) :]
        self._notes.append((node, node.inputs[ids]))
        return self._entry(_address(cell))

    def _raise_noted(self) -> None:
        """Raise RangeError for the first id that a kernel found outside; nothing is updated."""
        first = int(np.flatnonzero(self._notes_cells >= 0)[0])
        self._notes_cells[:] = -1
        node, ids = self._notes[first]
        assert node.primitive is not None
        compute(node.primitive, [self.value(each) for each in node.inputs], node.attributes)
        raise RangeError(f"{node.label} was given an id outside its axis by {ids.label}.")

    def _called(self, kernel: Kernel, gates: int = 0) -> Call | Halves:
        places = [self._entry(kernel_address(kernel.text))]
        places += [self._place_of(each) for each in kernel.operands]
        return self._halved("kernel", places, *halves_of_loop(kernel, gates))

    def _product(self, step: Product) -> Call | Halves:
        places = [self._entry(blas.address(_GEMM[step.node.dtype.name]))]
        places += [self._place_of(each) for each in (step.left, step.right, step.node)]
        return self._halved(f"gemm {step.node.dtype.name}", places, *halves_of_product(step))

    def _halved(
        self, form: str, places: list[int], numbers: list[Numbers], offsets: list[Numbers]
    ) -> Call | Halves:
        """Return the call of a step, or of its two halves if it comes in two."""
        calls = [
            Call(form, places, [self._size(n) for n in sizes], [self._size(n) for n in at])
            for sizes, at in zip(numbers, offsets, strict=True)
        ]
        return calls[0] if len(calls) == 1 else Halves(*calls)

    # -- updates ---------------------------------------------------------------------------------

    def _update(self) -> None:
        if self._write_rows is not None:
            for rows in self._row_updates:
                self._bind(rows.parameter, rows.parameter.writable())
            self._write_rows()
        for update in self.traced.updates:
            if isinstance(update, Replace):
                self._replace(update)

    @property
    def _row_updates(self) -> list[ReplaceRows]:
        return [each for each in self.traced.updates if isinstance(each, ReplaceRows)]

    def _row_writer(self) -> Callable[[], None] | None:
        """Return the call that writes all row updates into their tables in place, None if none."""
        calls: list[Call | Halves] = []
        for update in self._row_updates:
            ids, rows, table = update.ids, update.rows, update.parameter
            if rows.size == 0:
                continue
            address = kernel_address(write_rows_text(ids.dtype, rows.dtype))
            places = [self._place_of(each) for each in (ids, rows, update.keep, table)]
            sizes = [self._size(ids.size), self._size(table.size // table.shape[0])]
            calls.append(Call("kernel", [self._entry(address), *places], sizes))
        return self._native(calls) if calls else None

    def _replace(self, update: Replace) -> None:
        """Exchange a parameter's storage with the array of its new value."""
        node = update.new
        computed = node.primitive is not None and node in self._arrays
        is_own = computed and self._arrays[node].flags.writeable and node not in self._shared
        if not is_own or node.dtype != update.parameter.dtype:
            update.parameter.assign(self.value(node))
            return
        fresh = self._arrays[node]
        old = update.parameter.exchange(fresh)
        self._bind(update.parameter, fresh)
        spare = old if old is not None and old.flags.writeable else np.empty_like(fresh)
        self._bind(node, spare)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _stretches(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Yield native steps that follow each other together, the others one by one."""
    real = [each for each in steps if not isinstance(each, Alias)]
    for native, part in groupby(real, lambda each: not isinstance(each, Reference)):
        if native:
            yield list(part)
        else:
            yield from ([each] for each in part)
