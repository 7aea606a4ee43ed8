"""Totals: sums over rows, added up in memory in blocks that stay accurate at any length.

A total that runs beside the last axis takes `BLOCK` rows in float32; then the block is added to
float64 memory and begins anew. Sums along the last axis go to that memory at once. The program
brings both together after the kernel. Which rows form a block follows from the extents alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.fuse.nest import Nest
from chainrule.compile.fuse.operands import Moves, Operand, wide_of, written_by
from chainrule.compile.kernels.ir_writer import Function
from chainrule.compile.kernels.nest_sums import BLOCK, Sums
from chainrule.compile.kernels.operand_places import Places
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of


class Totals:
    """Writes what a kernel does with the totals of a nest."""

    def __init__(self, f: Function, nest: Nest, places: Places) -> None:
        self.f, self.nest, self.places = f, nest, places
        self._last = len(places.axes.extents) - 1

    def is_along_last(self, node: Tensor) -> bool:
        """Say whether a gate is a total that is summed along the last axis, in a register."""
        if self.nest.roles[node] != "total":
            return False
        return not self.places.moves(written_by(self.nest, node), self._last)

    def add(self, node: Tensor, index: Sequence[str], value: str) -> None:
        """Add a term to the memory of a total."""
        operand = written_by(self.nest, node)
        held = self.places.load(operand, index)
        both = self.f.put(f"fadd {type_of(node.dtype)} {held}, {value}")
        self.places.store(operand, index, both)

    def add_sum(self, node: Tensor, index: Sequence[str], sums: Sums) -> None:
        """Add a sum along the last axis to what earlier rows gave."""
        wide = wide_of(self.nest, node)
        if wide not in self.places.base:
            self.add(node, index, sums.value(node))
            return
        held = self.places.load(wide, index)
        both = self.f.put(f"fadd double {held}, {sums.wide_value(node)}")
        self.places.store(wide, index, both)

    def empty_full(
        self, gates: Sequence[Tensor], index: Sequence[str], extent: str, masked: bool
    ) -> None:
        """Add the blocks that are full in float64, and begin others."""
        for moves, nodes in self._blocked(gates).items():
            number = self._number_of_row(moves, [*self.places.rows, *index])
            full = self.f.put(f"icmp eq i64 {self.f.put(f'and i64 {number}, {BLOCK - 1}')}, 0")
            with (
                self.f.when(full, rarely=True),
                self.f.when(self.f.put(f"icmp ne i64 {number}, 0")),
                self.f.loop(extent, masked=masked) as i,
            ):
                for node in nodes:
                    self._empty(node, [*index, i])

    def _blocked(self, gates: Sequence[Tensor]) -> dict[Moves, list[Tensor]]:
        """Return the totals that take blocks, by the axes but the last along which they move."""
        found: dict[Moves, list[Tensor]] = {}
        for node in gates:
            if self.nest.roles[node] == "total" and not self.is_along_last(node):
                wide = wide_of(self.nest, node)
                if wide in self.places.base:
                    found.setdefault(self._moves_around(wide), []).append(node)
        return found

    def _moves_around(self, operand: Operand) -> Moves:
        return tuple(self.places.moves(operand, axis) for axis in range(self._last))

    def _number_of_row(self, moves: Moves, index: Sequence[str]) -> str:
        """Return how many rows came before to the totals that move along some axes."""
        number = ""
        for axis, i in enumerate(index):
            if not moves[axis]:
                before = self.f.put(f"mul i64 {number}, %n{axis}") if number else ""
                number = self.f.put(f"add i64 {before}, {i}") if before else i
        return number

    def _empty(self, node: Tensor, index: Sequence[str]) -> None:
        block, wide = written_by(self.nest, node), wide_of(self.nest, node)
        term = self.f.put(f"fpext float {self.places.load(block, index)} to double")
        both = self.f.put(f"fadd double {self.places.load(wide, index)}, {term}")
        self.places.store(wide, index, both)
        self.places.store(block, index, literal(0, node.dtype))
