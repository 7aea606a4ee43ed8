"""Workspace: the call tables of one running call of a program, and what they point to.

Calls that run at the same time, in other threads or inside each other, have one each. The storages
of parameters live as long as the call: a call that writes parameters excludes all others that do;
any other call holds the storages, not only their addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from chainrule.compile.lower.kernel_calls import Scratch
from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.planning import Layout
from chainrule.compile.run.arenas import Arena
from chainrule.compile.run.loaded_table import BoundTable, LoadedTable
from chainrule.compile.run.output_memory import OutputMemory
from chainrule.compile.trace import TracedGraph
from chainrule.graph import (
    CHANGES,
    Array,
    Constant,
    Parameter,
    Primitive,
    RangeError,
    StorageRevision,
    Tensor,
    compute,
    have_holders,
    mark_changed,
    storage_of,
)
from chainrule.ops.ids import operand_labels, require_range

Slots = list[tuple[memoryview, int, int]]  # a table, a position in it, bytes after the start


@dataclass(frozen=True, eq=False)
class LoadedProgram:
    """What all workspaces of a program share.

    traced      the graph that it computes
    layout      where values are in memory
    stretches   what changes no parameter, in order: call tables, and gates for the reference
                evaluator
    updates     the calls that write parameters
    written     the parameters that are updated
    parameters  all parameters that are read or written, with their numbers; written ones come first
    """

    traced: TracedGraph
    layout: Layout
    stretches: tuple[LoadedTable | Tensor, ...]
    updates: LoadedTable
    written: tuple[Parameter, ...]
    parameters: dict[Parameter, int]


class Workspace:
    """Call tables that point into an arena; one call at a time uses them.

    A call that ends in an exception, Ctrl-C included, leaves a workspace that is not used again.
    """

    def __init__(self, program: LoadedProgram) -> None:
        self._program, self._layout = program, program.layout
        self._bound: dict[Tensor, Array] = {}
        layout = self._layout
        self.nbytes = layout.nbytes + 8 * len(layout.flags)
        self._clear = np.full(len(layout.flags), -1).tobytes()
        loaded = [each for each in program.stretches if isinstance(each, LoadedTable)]
        tables = {each: each.bound() for each in (*loaded, program.updates)}
        self._tables = [*tables.values()]
        self._apply_updates = tables[program.updates].run
        self._stretches = [
            tables[each].run if isinstance(each, LoadedTable) else self._evaluation(each, tables)
            for each in program.stretches
        ]
        copied = frozenset(layout.copied)
        arguments = list(enumerate(program.traced.inputs))
        self._addressed = [
            (i, *slot)
            for i, each in arguments
            if each not in copied
            for slot in _slots(tables, each)
        ]
        self._handed_out = [
            (each, OutputMemory(each), _slots(tables, each)) for each in layout.handed_out
        ]
        self._parameters = [_slots(tables, each) for each in program.parameters]
        self._positions: dict[Tensor, int] = {each: i for i, each in arguments}
        self._given: Sequence[Array] = ()
        self._held: list[Array] = []
        self._revision, self._owned = -1, False
        self.leave()

    def run(self, arrays: Sequence[Array], arena: Arena) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together.

        arena  memory of at least `nbytes` bytes, for this call alone
        """
        if arena.user is not self._mark:
            self._move_to(arena)
        self._bind(arrays)
        for stretch in self._stretches:
            stretch()
        if self._clear and self._flags.tobytes() != self._clear:
            self._raise_flagged()
        outputs = [each() for each in self._read]
        if self._program.written:
            self._update()
        self._given = ()
        self._bound.clear()
        self._held.clear()
        return outputs

    def leave(self) -> None:
        """Let go of the arena of the last call."""
        self._mark, self._arena = object(), np.empty(0, np.uint8)
        self._flags = self._arena
        self._copied: list[tuple[int, Array]] = []
        self._read: list[Callable[[], Array]] = []

    def _move_to(self, arena: Arena) -> None:
        """Point into another arena, or into one that other calls have used meanwhile."""
        arena.user, self._arena = self._mark, arena.bytes
        for each in self._tables:
            each.move_to(arena.address)
        self._flags = self._arena[self._layout.nbytes : self.nbytes].view(np.int64)
        self._flags[:] = -1
        copied = frozenset(self._layout.copied)
        self._copied = [(i, self._array(e, e)) for e, i in self._positions.items() if e in copied]
        self._read = [self._reading(each) for each in self._program.traced.outputs]

    # -- parameters ------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Hold the storages of all parameters as of one moment.

        Storages are taken before the check whether they are being changed: either a writer sees
        that they are held, or the writer is seen here.
        """
        parameters, revision = self._program.parameters, StorageRevision.number
        self._held = list(map(storage_of, parameters))
        if CHANGES.entered.locked() or StorageRevision.number != revision:
            with CHANGES.lock:
                revision = StorageRevision.number
                self._held = list(map(storage_of, parameters))
        if revision != self._revision:
            self._locate(self._held, revision)

    def _locate(self, storages: Iterable[Array], revision: int) -> None:
        """Write the addresses of the storages of all parameters, as of a revision."""
        for slots, array in zip(self._parameters, storages, strict=True):
            _write(slots, array)
        self._revision, self._owned = revision, False

    def _locate_present(self) -> None:
        """Write the addresses of the storages of all parameters, if they may have changed."""
        revision = StorageRevision.number
        if revision != self._revision:
            self._locate(map(storage_of, self._program.parameters), revision)

    def _update(self) -> None:
        """Write all new values in one native call, to storages that nobody else holds."""
        written = self._program.written
        with CHANGES.lock, CHANGES.entered:
            is_owned = self._owned and StorageRevision.number == self._revision
            if not is_owned or have_holders(written):
                self._own()
            mark_changed(written)
            self._apply_updates()

    def _own(self) -> None:
        """Give every updated parameter a storage that nobody else holds."""
        for each in self._program.written:
            each.own()
        self._locate_present()
        self._owned = True

    # -- values ----------------------------------------------------------------------------------

    def _bind(self, arrays: Sequence[Array]) -> None:
        """Take in the arguments, make memory for large outputs, and hold the parameters."""
        self._given = arrays
        for owner, memory, slots in self._handed_out:
            block = memory.take()
            self._bound[owner], address = block.array, block.address
            for numbers, position, offset in slots:
                numbers[position] = address + offset
        for i, place in self._copied:
            place[...] = arrays[i]
        for i, numbers, position, offset in self._addressed:
            numbers[position] = address_of(arrays[i]) + offset
        if self._program.written:
            self._locate_present()
        elif self._parameters:
            self._hold()

    def _reading(self, node: Tensor) -> Callable[[], Array]:
        """Return a function that reads an output: memory made for it, a constant, or a copy."""
        layout = self._layout
        owner = layout.aliases.owner(node)
        if owner in layout.handed_out:
            if node.shape == owner.shape:
                return partial(self._bound.__getitem__, owner)
            return lambda: self._bound[owner].reshape(node.shape)
        if isinstance(owner, Constant):
            value = self._value(node)
            held = value if value.flags.c_contiguous else value.copy()
            return lambda: held
        if node in layout.snapshots or owner in layout.offsets:
            return self._value(node).copy
        return lambda: self._value(node).copy()

    def _value(self, node: Tensor) -> Array:
        """Return the value of `node` after the steps before the updates."""
        snapshot = self._layout.snapshots.get(node)
        return self._present(node) if snapshot is None else self._array(snapshot, node)

    def _present(self, node: Tensor) -> Array:
        """Return the value of `node` at this moment."""
        owner, start = self._layout.aliases.owner_and_start(node)
        if owner in self._layout.offsets:
            return self._array(owner, node, start * node.dtype.itemsize)
        whole = self._whole(owner)
        return whole.reshape(-1)[start : start + node.size].reshape(node.shape)

    def _whole(self, owner: Tensor) -> Array:
        """Return the array of an argument, a large output, a parameter or a constant."""
        if owner in self._bound:
            return self._bound[owner]
        if owner in self._positions:
            return self._given[self._positions[owner]]
        if isinstance(owner, Parameter):
            return self._held[self._program.parameters[owner]] if self._held else owner.peek()
        return owner.peek()

    def _array(self, block: Tensor | Scratch, like: Tensor, offset: int = 0) -> Array:
        """Return the memory of a block, from an offset in bytes, as an array of `like`'s form."""
        start = self._layout.offsets[block] + offset
        part = self._arena[start : start + like.size * like.dtype.itemsize]
        return part.view(like.dtype).reshape(like.shape)

    def _evaluation(
        self, node: Tensor, tables: dict[LoadedTable, BoundTable]
    ) -> Callable[[], None]:
        """Return a function that computes a gate on the reference evaluator.

        A large output is handed out in the memory that the gate allocated.
        """
        is_handed_out, slots = node in self._layout.handed_out, _slots(tables, node)

        def evaluate() -> None:
            arrays = [self._present(each) for each in node.inputs]
            found = compute(_primitive(node), arrays, node.attributes)
            if is_handed_out and _is_new(found, node):
                self._bound[node] = found
                _write(slots, found)
            else:
                place = self._present(node)
                place.setflags(write=True)  # it was a result before, which nobody may write
                place[...] = found

        return evaluate

    def _raise_flagged(self) -> None:
        """Raise RangeError for the first id that a kernel found out of range."""
        flag = list(self._layout.flags)[int(np.flatnonzero(self._flags >= 0)[0])]
        if flag.within is not None:
            arrays = [self._value(each) for each in flag.within.inputs]
            compute(_primitive(flag.within), arrays, flag.within.attributes)
        try:
            require_range(flag.name, self._value(flag.ids), flag.size)
        except RangeError as error:
            raise RangeError(f"{error} {operand_labels(flag.ids, flag.table)}") from None


def _is_new(array: Array, node: Tensor) -> bool:
    """Return whether an array owns its memory and has the form of a gate's value."""
    fits = array.dtype == node.dtype and array.shape == node.shape
    return fits and array.base is None and bool(array.flags.c_contiguous)


def _slots(tables: dict[LoadedTable, BoundTable], tensor: Tensor) -> Slots:
    """Return where the tables expect the address of an argument, an output or a parameter."""
    return [
        (bound.numbers, position, offset)
        for loaded, bound in tables.items()
        for position, offset in loaded.slots.get(tensor, ())
    ]


def _write(slots: Slots, array: Array) -> None:
    """Write the address of an array into its slots."""
    for numbers, position, offset in slots:
        numbers[position] = address_of(array) + offset


def _primitive(node: Tensor) -> Primitive:
    """Return the primitive of a gate."""
    assert node.primitive is not None
    return node.primitive
