"""Program: a plan with its memory, run as few native calls as there are native stretches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from chainrule.compile.fuse import Reference, Step
from chainrule.compile.kernel_calls import Item, Note, Place, Scratch
from chainrule.compile.memory import aligned
from chainrule.compile.plan import Plan
from chainrule.compile.tape import Cell, Tape, address_of
from chainrule.compile.trace import Traced
from chainrule.graph import (
    Array,
    Constant,
    Input,
    Parameter,
    Primitive,
    RangeError,
    Tensor,
    compute,
    mark_changed,
    storage_epoch,
)
from chainrule.ops.ids import require_range, told_operands


class Program:
    """A traced function ready to run on arrays of its signature.

    Values between the arguments and the results stand in one arena. Parameters are read where they
    are; new values are written over them at the end, if every id was found inside its table.
    """

    def __init__(self, traced: Traced, steps: Sequence[Step]) -> None:
        self.traced, self.plan = traced, Plan(traced, steps)
        self._arena = aligned(self.plan.nbytes)
        self._arena_at = address_of(self._arena)
        self._note_cells = np.full(max(len(self.plan.notes), 1), -1, np.int64)
        self._clean = self._note_cells.tobytes()
        self._constants: dict[Tensor, Array] = {}
        self._tapes: list[Tape] = []
        self._stretches = [self._prepared(list(part)) for part in _stretches(self.plan.before)]
        self._last = self._tape(self.plan.after)
        self._written = tuple(dict.fromkeys(each.parameter for each in traced.updates))
        cells = self._cells()
        copied = set(self.plan.copied)
        self._places = [self._array(e, e) if e in copied else None for e in traced.inputs]
        self._arguments = [cells.get(each, []) for each in traced.inputs]
        self._outputs = {each: cells.get(each, []) for each in self.plan.given}
        self._bound: dict[Tensor, Array] = {}
        parameters = [each for each in cells if isinstance(each, Parameter)]
        self._parameters = [cells[each] for each in parameters]
        written = set(self._written)
        self._fetch = [each.own if each in written else each.peek for each in parameters]
        self._epoch = -1
        self._read = [self._reading(each) for each in traced.outputs]
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """How much memory the program holds."""
        return self.plan.nbytes + sum(each.nbytes for each in self._constants.values())

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together."""
        with self._lock:
            self._bind(arrays)
            for stretch in self._stretches:
                stretch()
            if self._note_cells.tobytes() != self._clean:
                self._raise_noted()
            outputs = [each() for each in self._read]
            self._last.run()
            for update in self.plan.assigned:
                update.parameter.assign(self.value(update.sources[0]))
            mark_changed(self._written)
            self._bound.clear()
            return outputs

    def _reading(self, node: Tensor) -> Callable[[], Array]:
        """Return what reads an output: the memory that was made for it, or a copy."""
        root = self.plan.root(node)[0]
        if root in self.plan.given:
            return lambda: self._bound[root].reshape(node.shape)
        if node in self.plan.kept or root in self.plan.offsets:
            return self.value(node).copy
        return lambda: self.value(node).copy()

    def value(self, node: Tensor) -> Array:
        """Return the value that `node` has after the steps before, or had before it changed."""
        if node in self.plan.kept:
            return self._array(self.plan.kept[node], node)
        return self._present(node)

    def _present(self, node: Tensor) -> Array:
        """Return the value that `node` has at this moment."""
        root, start = self.plan.root(node)
        if root in self.plan.offsets:
            return self._array(root, node, start * node.dtype.itemsize)
        whole = self._bound[root] if root in self._bound else root.peek()
        return whole.reshape(-1)[start : start + node.size].reshape(node.shape)

    def _prepared(self, items: list[Item | Reference]) -> Callable[[], None]:
        if isinstance(items[0], Reference):
            node = items[0].node
            return lambda: self._evaluate(node)
        return self._tape([each for each in items if not isinstance(each, Reference)]).run

    def _tape(self, calls: Sequence[Item]) -> Tape:
        self._tapes.append(Tape(calls, self._where))
        return self._tapes[-1]

    def _evaluate(self, node: Tensor) -> None:
        arrays = [self._present(each) for each in node.inputs]
        self._present(node)[...] = compute(_primitive(node), arrays, node.attributes)

    # -- memory ----------------------------------------------------------------------------------

    def _cells(self) -> dict[Tensor, list[Cell]]:
        """Return where the tapes expect the addresses of arguments and parameters."""
        found: dict[Tensor, list[Cell]] = {}
        for tape in self._tapes:
            for tensor, cells in tape.cells.items():
                found.setdefault(tensor, []).extend(cells)
        return found

    def _bind(self, arrays: Sequence[Array]) -> None:
        """Tell the tapes where the arguments, the outputs and the parameters are."""
        self._bound.update(zip(self.traced.inputs, arrays, strict=True))
        for root, cells in self._outputs.items():
            room = self._bound[root] = aligned(root.size * root.dtype.itemsize).view(root.dtype)
            _write(cells, room)
        for place, cells, array in zip(self._places, self._arguments, arrays, strict=True):
            if place is None:
                _write(cells, array)
            else:
                place[...] = array
        if self._epoch != storage_epoch():
            storages = [fetch() for fetch in self._fetch]
            for cells, array in zip(self._parameters, storages, strict=True):
                _write(cells, array)
            self._epoch = storage_epoch()

    def _where(self, place: Place) -> int | None:
        """Return an address that never changes, None for arguments, outputs and parameters."""
        of = place.of
        if isinstance(of, Note):
            return address_of(self._note_cells) + 8 * self.plan.note_numbers[of]
        if of in self.plan.offsets:
            return self._arena_at + self.plan.offsets[of] + place.offset
        if isinstance(of, Constant) or (isinstance(of, Input) and of.known):
            array = self._constants.setdefault(of, np.ascontiguousarray(of.read()))
            return address_of(array) + place.offset
        return None

    def _array(self, block: Tensor | Scratch, like: Tensor, offset: int = 0) -> Array:
        """Return the memory of a block, from a byte on, as an array like the value of `like`."""
        start = self.plan.offsets[block] + offset
        part = self._arena[start : start + like.size * like.dtype.itemsize]
        return part.view(like.dtype).reshape(like.shape)

    def _raise_noted(self) -> None:
        """Raise RangeError for the first id that a kernel found outside; nothing was updated."""
        first = int(np.flatnonzero(self._note_cells >= 0)[0])
        self._note_cells[:] = -1
        note = self.plan.notes[first]
        if note.within is not None:
            arrays = [self.value(each) for each in note.within.inputs]
            compute(_primitive(note.within), arrays, note.within.attributes)
        try:
            require_range(note.name, self.value(note.ids), note.size)
        except RangeError as error:
            raise RangeError(f"{error} {told_operands(note.ids, note.table)}") from None


def _write(cells: Sequence[Cell], array: Array) -> None:
    if cells:
        address = address_of(array)
        for table, place, offset in cells:
            table[place] = address + offset


def _primitive(node: Tensor) -> Primitive:
    assert node.primitive is not None
    return node.primitive


def _stretches(items: Sequence[Item | Reference]) -> Iterator[Sequence[Item | Reference]]:
    """Yield calls that follow each other together, gates without native code one by one."""
    for native, part in groupby(items, lambda each: not isinstance(each, Reference)):
        if native:
            yield list(part)
        else:
            yield from ([each] for each in part)
