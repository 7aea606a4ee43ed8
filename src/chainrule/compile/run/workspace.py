"""Workspace: the memory and the call tables of one running call of a program.

Calls that run at the same time, in other threads or inside each other, have one each. What a call
reads lives as long as the call: it holds the storages of the parameters, not their addresses only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from chainrule.compile.lower.kernel_calls import Scratch
from chainrule.compile.plan.arena import aligned
from chainrule.compile.run.call_table import Cell, Table, Tape, address_of
from chainrule.graph import (
    ALONE,
    CHANGES,
    Array,
    Epoch,
    Parameter,
    Primitive,
    RangeError,
    Tensor,
    compute,
    mark_changed,
    most_holders,
)
from chainrule.ops.ids import operand_labels, require_range

if TYPE_CHECKING:
    from chainrule.compile.run.program import Program

Cells = list[tuple[memoryview, Sequence[Cell]]]
_storage = attrgetter("_value")


class Workspace:
    """An arena, and tables that point into it; one call at a time.

    A call that ends in an exception, Ctrl-C included, leaves a workspace that is not used again.
    """

    def __init__(self, program: Program) -> None:
        self._program, self._plan = program, program.plan
        plan = self._plan
        self.arena = aligned(plan.nbytes + 8 * len(plan.notes))
        self._notes = self.arena[plan.nbytes :].view(np.int64)
        self._notes[:] = -1
        self._clean = self._notes.tobytes()
        tapes = [each for each in program.stretches if isinstance(each, Tape)]
        arena = address_of(self.arena)
        tables = {each: each.table(arena) for each in (*tapes, program.last)}
        self._last = tables[program.last]
        self._stretches = [
            tables[each].run if isinstance(each, Tape) else self._evaluation(each)
            for each in program.stretches
        ]
        copied = frozenset(plan.copied)
        self._arguments: list[tuple[Array | None, Cells]] = [
            (self._array(each, each), []) if each in copied else (None, _cells(tables, each))
            for each in program.traced.inputs
        ]
        self._given = [(each, _cells(tables, each)) for each in plan.given]
        self._parameters = [_cells(tables, each) for each in program.parameters]
        self._read = [self._reading(each) for each in program.traced.outputs]
        self._bound: dict[Tensor, Array] = {}
        self._held: list[Array] = []
        self._epoch, self._owned = -1, False

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together."""
        self._bind(arrays)
        for stretch in self._stretches:
            stretch()
        if self._notes.tobytes() != self._clean:
            self._raise_noted()
        outputs = [each() for each in self._read]
        if self._program.written:
            self._update()
        self._bound.clear()
        self._held.clear()
        return outputs

    # -- parameters ------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Hold the storages of all parameters as they are at one moment; tell the tables.

        Storages are taken before anybody is asked whether they are being changed: either a writer
        sees that they are held, or the writer is seen here.
        """
        parameters, epoch = self._program.parameters, Epoch.number
        held = list(map(_storage, parameters))
        if CHANGES.entered.locked() or Epoch.number != epoch:
            with CHANGES.lock:
                epoch = Epoch.number
                held = list(map(_storage, parameters))
        self._held = held
        if epoch != self._epoch:
            for cells, array in zip(self._parameters, held, strict=True):
                _write(cells, array)
            self._epoch, self._owned = epoch, False

    def _update(self) -> None:
        """Write all new values in one native call, over storages that nobody else holds."""
        written = self._program.written
        with CHANGES.lock, CHANGES.entered:
            is_owned = self._owned and Epoch.number == self._epoch
            if not is_owned or most_holders(islice(self._held, len(written))) > ALONE:
                self._own()
            mark_changed(written)
            self._last.run()

    def _own(self) -> None:
        self._held.clear()
        for each in self._program.written:
            each.own()
        self._hold()
        self._owned = True

    # -- values ----------------------------------------------------------------------------------

    def _bind(self, arrays: Sequence[Array]) -> None:
        """Take the arguments in, make room for the outputs, and hold the parameters."""
        self._bound.update(zip(self._program.traced.inputs, arrays, strict=True))
        for root, cells in self._given:
            room = self._bound[root] = aligned(root.size * root.dtype.itemsize).view(root.dtype)
            _write(cells, room)
        for (place, cells), array in zip(self._arguments, arrays, strict=True):
            if place is None:
                _write(cells, array)
            else:
                place[...] = array
        self._hold()

    def _reading(self, node: Tensor) -> Callable[[], Array]:
        """Return what reads an output: the memory that was made for it, or a copy."""
        root = self._plan.root(node)[0]
        if root in self._plan.given:
            return lambda: self._bound[root].reshape(node.shape)
        if node in self._plan.kept or root in self._plan.offsets:
            return self._value(node).copy
        return lambda: self._value(node).copy()

    def _value(self, node: Tensor) -> Array:
        """Return the value that `node` has after the steps before, or had before it changed."""
        if node in self._plan.kept:
            return self._array(self._plan.kept[node], node)
        return self._present(node)

    def _present(self, node: Tensor) -> Array:
        """Return the value that `node` has at this moment."""
        root, start = self._plan.root(node)
        if root in self._plan.offsets:
            return self._array(root, node, start * node.dtype.itemsize)
        whole = self._whole(root)
        return whole.reshape(-1)[start : start + node.size].reshape(node.shape)

    def _whole(self, root: Tensor) -> Array:
        if root in self._bound:
            return self._bound[root]
        if isinstance(root, Parameter):
            return self._held[self._program.parameters[root]]
        return root.peek()

    def _array(self, block: Tensor | Scratch, like: Tensor, offset: int = 0) -> Array:
        """Return the memory of a block, from a byte on, as an array like the value of `like`."""
        start = self._plan.offsets[block] + offset
        part = self.arena[start : start + like.size * like.dtype.itemsize]
        return part.view(like.dtype).reshape(like.shape)

    def _evaluation(self, node: Tensor) -> Callable[[], None]:
        """Return what computes a gate without native code, on the reference evaluator."""

        def evaluate() -> None:
            arrays = [self._present(each) for each in node.inputs]
            self._present(node)[...] = compute(_primitive(node), arrays, node.attributes)

        return evaluate

    def _raise_noted(self) -> None:
        """Raise RangeError for the first id that a kernel found outside; nothing was updated."""
        note = self._plan.notes[int(np.flatnonzero(self._notes >= 0)[0])]
        if note.within is not None:
            arrays = [self._value(each) for each in note.within.inputs]
            compute(_primitive(note.within), arrays, note.within.attributes)
        try:
            require_range(note.name, self._value(note.ids), note.size)
        except RangeError as error:
            raise RangeError(f"{error} {operand_labels(note.ids, note.table)}") from None


def _cells(tables: dict[Tape, Table], tensor: Tensor) -> Cells:
    """Return where the tables expect the address of an argument, an output or a parameter."""
    found = ((table.numbers, tape.cells.get(tensor)) for tape, table in tables.items())
    return [(numbers, cells) for numbers, cells in found if cells]


def _write(cells: Cells, array: Array) -> None:
    if cells:
        address = address_of(array)
        for numbers, places in cells:
            for place, offset in places:
                numbers[place] = address + offset


def _primitive(node: Tensor) -> Primitive:
    assert node.primitive is not None
    return node.primitive
