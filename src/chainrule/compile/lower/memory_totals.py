"""Totals: sums over rows, accumulated in memory in blocks, accurate at any length.

A total that advances along the last axis takes `BLOCK` rows in float32. The block is then added to
float64 memory and set to zero, also at the first row, since an earlier call may have begun it. Sums
along the last axis are added to that memory at once. A call after the kernel adds both. Which rows
form a block depends on the extents alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.operands import AxisFlags, KernelOperand, wide_of, written_by
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.sum_blocks import BLOCK
from chainrule.compile.lower.operand_addresses import OperandAddresses
from chainrule.compile.lower.register_sums import RegisterSums
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of


class MemoryTotals:
    """Writes the part of a kernel that accumulates totals."""

    def __init__(self, f: IRFunction, fused: FusedKernel, addresses: OperandAddresses) -> None:
        self.f, self.fused, self.addresses = f, fused, addresses
        self._last = len(addresses.axes.extents) - 1

    def is_along_last(self, node: Tensor) -> bool:
        """Return whether a gate is a total that is summed along the last axis, in a register."""
        if self.fused.roles[node] != "total":
            return False
        return not self.addresses.advances(written_by(self.fused, node), self._last)

    def add(self, node: Tensor, index: Sequence[str], value: str) -> None:
        """Add a term to the memory of a total."""
        operand = written_by(self.fused, node)
        held = self.addresses.load(operand, index)
        both = self.f.put(f"fadd {type_of(node.dtype)} {held}, {value}")
        self.addresses.store(operand, index, both)

    def add_sum(self, node: Tensor, index: Sequence[str], sums: RegisterSums) -> None:
        """Add a sum along the last axis to the sum of earlier rows."""
        wide = wide_of(self.fused, node)
        if wide not in self.addresses.base:
            self.add(node, index, sums.value(node))
            return
        held = self.addresses.load(wide, index)
        both = self.f.put(f"fadd double {held}, {sums.wide_value(node)}")
        self.addresses.store(wide, index, both)

    def empty_full(
        self, gates: Sequence[Tensor], index: Sequence[str], extent: str, masked: bool
    ) -> None:
        """Add full blocks to the float64 memory, and set them to zero."""
        for advances, nodes in self._blocked(gates).items():
            number = self._number_of_row(advances, [*self.addresses.rows, *index])
            full = self.f.put(f"icmp eq i64 {self.f.put(f'and i64 {number}, {BLOCK - 1}')}, 0")
            with (
                self.f.when(full, rarely=True),
                self.f.when(self._has_blocks(nodes[0])),
                self.f.loop(extent, masked=masked) as i,
            ):
                for node in nodes:
                    self._empty(node, [*index, i])

    def _has_blocks(self, node: Tensor) -> str:
        """Return the flag that blocks of a total have memory of their own."""
        total = written_by(self.fused, node)
        places = (self.addresses.pointer(each) for each in (wide_of(self.fused, node), total))
        return self.f.put(f"icmp ne ptr {', '.join(places)}")

    def _blocked(self, gates: Sequence[Tensor]) -> dict[AxisFlags, list[Tensor]]:
        """Return the totals with blocks, by the axes before the last on which they advance."""
        found: dict[AxisFlags, list[Tensor]] = {}
        for node in gates:
            if self.fused.roles[node] == "total" and not self.is_along_last(node):
                wide = wide_of(self.fused, node)
                if wide in self.addresses.base:
                    found.setdefault(self._advances_around(wide), []).append(node)
        return found

    def _advances_around(self, operand: KernelOperand) -> AxisFlags:
        """Return along which axes other than the last an operand advances."""
        return tuple(self.addresses.advances(operand, axis) for axis in range(self._last))

    def _number_of_row(self, advances: AxisFlags, index: Sequence[str]) -> str:
        """Return the number of rows added before to the totals that advance along these axes."""
        number = ""
        for axis, i in enumerate(index):
            if not advances[axis]:
                before = self.f.put(f"mul i64 {number}, %n{axis}") if number else ""
                number = self.f.put(f"add i64 {before}, {i}") if before else i
        return number

    def _empty(self, node: Tensor, index: Sequence[str]) -> None:
        """Add a block to the float64 memory, and set it to zero."""
        block, wide = written_by(self.fused, node), wide_of(self.fused, node)
        term = self.f.put(f"fpext float {self.addresses.load(block, index)} to double")
        both = self.f.put(f"fadd double {self.addresses.load(wide, index)}, {term}")
        self.addresses.store(wide, index, both)
        self.addresses.store(block, index, literal(0, node.dtype))
