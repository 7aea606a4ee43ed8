"""Write the text of a fused kernel. It depends on the structure; extents are given at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import (
    has_ids,
    is_gather,
    is_literal,
    is_pick,
    is_reduction,
    table_of,
)
from chainrule.compile.fuse.operands import (
    AxisFlags,
    KernelOperand,
    axes_of,
    buffer_of,
    checked,
    operands_of,
    per_row,
    read_by,
    written_by,
)
from chainrule.compile.gates.lowerings import scalar_of, template_of
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.lower.memory_totals import MemoryTotals
from chainrule.compile.lower.operand_addresses import OperandAddresses
from chainrule.compile.lower.register_sums import RegisterSums, is_long
from chainrule.compile.lower.row_prefetch import prefetch_rows
from chainrule.graph import Constant, Shape, Tensor
from chainrule.ops.scalars import as_int64, literal, type_of

_NARROW = 512


@dataclass(frozen=True)
class FusedKernelText:
    """The text of a fused kernel, and the arguments of its calls.

    operands  the tensors behind its pointers
    extents   the extents of its loops
    limits    the sizes of the tables whose ids are checked
    advances  for every extent, which operands advance along that axis
    views     the strides of operands that are views along these axes, by their number

    The text names the function @kernel. Kernels of equal structure have equal text, whatever their
    extents.
    """

    text: str
    operands: tuple[KernelOperand, ...]
    extents: tuple[int, ...]
    limits: tuple[int, ...]
    advances: tuple[AxisFlags, ...]
    views: dict[int, Shape]

    @property
    def numbers(self) -> Shape:
        """The numbers after the extents: limits, and strides that are not written out."""
        return (*self.limits, *(step for each in self.views.values() for step in each[:-1]))


def fused_kernel_text(fused: FusedKernel) -> FusedKernelText:
    """Return the text of a fused kernel."""
    return _Writer(fused).kernel()


RowWidth = tuple[bool, bool]


def row_width(extents: Shape) -> RowWidth:
    """Return whether rows are longer than a block of a sum, and whether they are narrow.

    The last few elements of narrow rows are computed by a masked vector.
    """
    return is_long(extents[-1]), extents[-1] < _NARROW


def limits_of(fused: FusedKernel) -> tuple[int, ...]:
    """Return the sizes of the tables whose ids a kernel checks."""
    return tuple(map(_size_of_table, checked(fused)))


# -- text ------------------------------------------------------------------------------------------


class _Writer:
    """Writes the text of one fused kernel.

    addresses  the addresses of operands
    ids        the id of the current row, by the tensor of ids
    row        the row values known so far
    sums       accumulates sums and extrema in registers
    totals     accumulates sums over rows in memory
    """

    def __init__(self, fused: FusedKernel) -> None:
        self.fused = fused
        self.operands = operands_of(fused)
        self.axes = axes_of(fused, self.operands)
        self.checked = checked(fused)
        self.buffers = frozenset(fused.buffers)
        count = len(self.axes.extents)
        self.inner = [f"%n{axis}" for axis in range(self.axes.split, count)]
        self.outer = [f"%n{axis}" for axis in range(self.axes.split)]
        limits, strides = len(self.checked), (count - 1) * len(self.axes.views)
        self.f = IRFunction(len(self.operands), count + limits + strides)
        has_gaps = any(abs(each[-1]) > 1 for each in self.axes.views.values())
        self.is_long, is_narrow = row_width(self.axes.extents)
        self.masked = self.axes.split > 0 and is_narrow and not has_gaps
        self.addresses = OperandAddresses(self.f, self.operands, self.axes, count + limits)
        self.totals = MemoryTotals(self.f, fused, self.addresses)
        self.ids: dict[Tensor, str] = {}
        self.row: dict[Tensor, str] = {}

    def kernel(self) -> FusedKernelText:
        """Write the loops over rows, and the phases of a row."""
        self.addresses.measure()
        self.sums = RegisterSums(
            self.f,
            filter(is_reduction, self.fused.nodes),
            others=len(self.inner) > 1,
            long=not self.outer or self.is_long,
            masked=self.masked,
        )
        with self.f.nested(self.outer) as rows:
            self.addresses.enter(rows)
            prefetch_rows(self.f, self.fused, self.addresses)
            with self.f.when(self._ids_are_inside()):
                self._gates_of_row(-1)
                with self.f.when(self._is_kept()):
                    for phase in range(self.fused.phase_count):
                        self._pass(phase)
                        self._gates_of_row(phase)
        axes, limits = self.axes, limits_of(self.fused)
        return FusedKernelText(
            self.f.text(), tuple(self.operands), axes.extents, limits, axes.advances, axes.views
        )

    # -- ids -------------------------------------------------------------------------------------

    def _ids_are_inside(self) -> str | None:
        """Return the flag that all ids of the row are in range, None if none is checked."""
        flags = []
        first = len(self.axes.extents)
        for number, node in enumerate(self.checked, start=first):
            fine = self.f.put(f"icmp ult i64 {self._id(node.inputs[1])}, %n{number}")
            with self.f.when(self.f.put(f"xor i1 {fine}, 1")):
                self.f.store("i64", "0", self.addresses.base[KernelOperand(node, (), "flag")], "0")
            flags.append(fine)
        return self._all(flags)

    def _is_kept(self) -> str | None:
        """Return the flag that the row of an update is written, None if there is no row update."""
        update = self.fused.update
        if update is None:
            return None
        self._id(update.ids)
        known = self.row.get(update.keep)
        keep = known or self.addresses.load(per_row(self.fused, update.keep), [])
        return self.f.put(f"icmp ne i8 {keep}, 0")

    def _all(self, flags: Sequence[str]) -> str | None:
        """Return the conjunction of flags, None if there are none."""
        flag = flags[0] if flags else None
        for each in flags[1:]:
            flag = self.f.put(f"and i1 {flag}, {each}")
        return flag

    def _id(self, ids: Tensor) -> str:
        """Return the id of the current row, as i64."""
        if ids not in self.ids:
            found = self.addresses.load(per_row(self.fused, ids), [])
            self.ids[ids] = as_int64(self.f, ids.dtype, found)
        return self.ids[ids]

    def _at_id(self, operand: KernelOperand, ids: Tensor, index: Sequence[str]) -> str:
        """Return the address of an element in the row of a table that has the current row's id."""
        size = "1"
        for each in self.inner:
            size = self.addresses.times(each, size)
        row = self.addresses.times(self._id(ids), size)
        offset = self.addresses.offset(operand, index)
        place = self.f.put(f"add i64 {row}, {offset}")
        return self.f.at(_type(operand.tensor), self.addresses.base[operand], place)

    # -- rows ------------------------------------------------------------------------------------

    def _gates_of_row(self, phase: int) -> None:
        """Compute the row values that are known after `phase`, and store those that are outputs."""
        fused = self.fused
        for node in fused.nodes:
            if fused.roles[node] == "row" and fused.phases[node] == phase:
                self.row[node] = self._of_row(node)
                if node in fused.written:
                    self.addresses.store(written_by(fused, node), [], self.row[node])

    def _of_row(self, node: Tensor) -> str:
        """Return the value of a row gate."""
        if is_reduction(node):
            return self.sums.value(node)
        if is_pick(node):
            x, place = node.inputs[0], [self._id(node.inputs[1])]
            if x not in self.fused.roles:
                return self.addresses.load(read_by(self.fused, node, x), place)
            return (
                self._gathered(x, place)
                if is_gather(x)
                else self.addresses.load(self._memory_of(x), place)
            )
        values = [self._row_value(node, each) for each in node.inputs]
        return values[0] if template_of(node) == "view" else _emitted(self.f, node, values)

    def _row_value(self, node: Tensor, source: Tensor) -> str:
        """Return an input of a row gate."""
        if source in self.row:
            return self.row[source]
        if is_literal(source):
            return _literal(source)
        return self.addresses.load(read_by(self.fused, node, source), [])

    # -- points ----------------------------------------------------------------------------------

    def _pass(self, phase: int) -> None:
        """Write one pass over the row."""
        fused = self.fused
        gates = [
            each
            for each in fused.nodes
            if fused.phases[each] == phase and (fused.roles[each] != "row" or is_reduction(each))
        ]
        if not gates:
            return
        of_rows = [each for each in gates if is_reduction(each) and fused.roles[each] == "row"]
        summed = [each for each in gates if self.totals.is_along_last(each)]
        self.sums.begin(of_rows)
        *others, last = self.inner
        with self.f.nested(others) as index:
            self.sums.begin(summed)
            self.totals.empty_full(gates, index, last, self.masked)
            with self.sums.along(last, [*of_rows, *summed], len(gates)) as i:
                self._point(gates, [*index, i])
            for each in summed:
                self.totals.add_sum(each, [*index, "0"], self.sums)

    def _point(self, gates: Sequence[Tensor], index: Sequence[str]) -> None:
        """Compute the gates of a phase at one point."""
        fused = self.fused
        values: dict[object, str] = {}
        for node in gates:
            if fused.roles[node] == "full":
                values[node] = self._of_point(node, index, values)
                if node in fused.written and node not in fused.in_place:
                    self.addresses.store(written_by(fused, node), index, values[node])
                elif node in self.buffers:
                    self.addresses.store(buffer_of(fused, node), index, values[node])
                continue
            term = self._point_value(node, node.inputs[0], index, values)
            if fused.roles[node] == "row" or self.totals.is_along_last(node):
                self.sums.collect(node, term)
            else:
                self.totals.add(node, index, term)
        for node in gates:  # in place last: other gates read the old value
            if node in fused.in_place:
                self._write(node, index, values[node])

    def _of_point(self, node: Tensor, index: Sequence[str], values: dict[object, str]) -> str:
        """Return the value of a full gate at one point."""
        if is_gather(node):
            return self._gathered(node, index)
        if has_ids(node):
            return self._spread(node, index, values)
        operands = [self._point_value(node, each, index, values) for each in node.inputs]
        return _emitted(self.f, node, operands)

    def _gathered(self, node: Tensor, index: Sequence[str]) -> str:
        """Return an element of the row that a gate gathers."""
        table, ids = node.inputs
        place = self._at_id(read_by(self.fused, node, table), ids, index)
        return self.f.put(f"load {_type(node)}, ptr {place}")

    def _spread(self, node: Tensor, index: Sequence[str], values: dict[object, str]) -> str:
        """Return the element of a scatter: the row's value at its id, zero elsewhere."""
        g, ids = node.inputs
        kind, zero = _type(node), literal(0, node.dtype)
        value = self.f.put(f"fadd {kind} {zero}, {self._point_value(node, g, index, values)}")
        here = self.f.put(f"icmp eq i64 {index[-1]}, {self._id(ids)}")
        return self.f.put(f"select i1 {here}, {kind} {value}, {kind} {zero}")

    def _point_value(
        self, node: Tensor, source: Tensor, index: Sequence[str], values: dict[object, str]
    ) -> str:
        """Return an input of a gate at one point, from a register, a buffer or memory."""
        if source in self.row:
            return self.row[source]
        if is_literal(source):
            return _literal(source)
        if source in values:
            return values[source]
        if source not in self.fused.roles:
            operand = read_by(self.fused, node, source)
            if operand not in values:
                values[operand] = self.addresses.load(operand, index)
            return values[operand]
        is_again = is_gather(source)
        values[source] = (
            self._gathered(source, index)
            if is_again
            else self.addresses.load(self._memory_of(source), index)
        )
        return values[source]

    def _memory_of(self, node: Tensor) -> KernelOperand:
        """Return the operand that holds a full value of an earlier phase."""
        fused = self.fused
        return written_by(fused, node) if node in fused.written else buffer_of(fused, node)

    def _write(self, node: Tensor, index: Sequence[str], value: str) -> None:
        """Store an element of an output that is written in place."""
        operand = written_by(self.fused, node)
        if self.fused.update is None:
            self.addresses.store(operand, index, value)
        else:
            place = self._at_id(operand, self.fused.update.ids, index)
            self.f.do(f"store {_type(node)} {value}, ptr {place}")


def _type(tensor: Tensor) -> str:
    """Return the LLVM type of a tensor's elements."""
    return type_of(tensor.dtype)


def _size_of_table(node: Tensor) -> int:
    """Return the size of the axis that the ids of a gate index."""
    axis: int = node.attributes["axis"]
    return table_of(node).shape[axis]


def _literal(node: Tensor) -> str:
    """Return a constant as a literal of the text."""
    assert isinstance(node, Constant)
    return literal(node.read().item(), node.dtype)


def _emitted(f: IRFunction, node: Tensor, operands: list[str]) -> str:
    """Write the instructions of an elementwise gate for one element."""
    write = scalar_of(node)
    assert write is not None
    return write(f, node, operands)
