"""Addresses of a fused kernel's operands, at the current row and at an index within it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from chainrule.compile.fuse.operands import KernelOperand, LoopAxes
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.ops.scalars import type_of


class OperandAddresses:
    """The addresses of operands %p0, %p1, ... in a kernel with extents %n0, %n1, ...

    rows  the indices of the current row
    base  the pointer of each operand at that row
    """

    def __init__(
        self, f: IRFunction, operands: Sequence[KernelOperand], axes: LoopAxes, first: int
    ) -> None:
        """Make the addresses; `first` is the number of the first stride of a view."""
        self.f, self.operands, self.axes, self._first = f, operands, axes, first
        self.rows: Sequence[str] = ()
        self.base: dict[KernelOperand, str] = {}
        self._strides: dict[tuple[KernelOperand, int], str] = {}
        self._numbers = {each: number for number, each in enumerate(operands)}

    def measure(self) -> None:
        """Compute the stride of every operand along every axis on which it advances."""
        for each, strides in self._view_strides():
            self._strides |= {(each, axis): size for axis, size in strides.items()}
        for number, each in enumerate(self.operands):
            if each.view is not None:
                continue
            size = "1"
            moving = [axis for axis, advances in enumerate(self.axes.advances) if advances[number]]
            for axis in reversed(moving):
                self._strides[each, axis] = size
                if axis != moving[0]:
                    size = self.times(f"%n{axis}", size)

    def _view_strides(self) -> Iterator[tuple[KernelOperand, dict[int, str]]]:
        """Yield the strides of views: along the last axis written out, else read at run time."""
        given = count(self._first)
        for number, strides in self.axes.views.items():
            names = [*(f"%n{next(given)}" for _ in strides[:-1]), str(strides[-1])]
            moved = {axis: names[axis] for axis, stride in enumerate(strides) if stride}
            yield self.operands[number], moved

    def enter(self, rows: Sequence[str]) -> None:
        """Compute the pointers at a row."""
        self.rows = rows
        for number, each in enumerate(self.operands):
            offset = self._offset(each, rows, 0)
            pointer = f"%p{number}"
            moved = offset != "0"
            self.base[each] = self.f.at(type_of(each.dtype), pointer, offset) if moved else pointer

    def pointer(self, operand: KernelOperand) -> str:
        """Return the pointer that the kernel was given for an operand."""
        return f"%p{self._numbers[operand]}"

    def ahead(self, operand: KernelOperand, rows: int) -> str | None:
        """Return the address `rows` rows ahead, at most at the last row; None if it is always the
        same."""
        axis = self.axes.split - 1
        if not self.advances(operand, axis):
            return None
        left = self.f.put(f"sub i64 %n{axis}, {self.rows[axis]}")
        last = self.f.put(f"sub i64 {left}, 1")
        steps = self.f.put(f"call i64 @llvm.smin.i64(i64 {last}, i64 {rows})")
        offset = self.times(steps, self._strides[operand, axis])
        return self.f.at(type_of(operand.dtype), self.base[operand], offset)

    def advances(self, operand: KernelOperand, axis: int) -> bool:
        """Return whether an operand advances along an axis; False if the kernel lacks it."""
        return (operand, axis) in self._strides

    def offset(self, operand: KernelOperand, index: Sequence[str]) -> str:
        """Return the offset in elements of an index within the row."""
        return self._offset(operand, index, self.axes.split)

    def load(self, operand: KernelOperand, index: Sequence[str]) -> str:
        """Load an element of the current row."""
        place, between = self.offset(operand, index), 0
        if operand.view is not None and operand.view.strides[-1] not in (0, 1):
            operand, between = self._interleaved(operand)
        if between:
            place = self.f.put(f"add i64 {place}, {between}")
        return self.f.load(type_of(operand.dtype), self.base[operand], place)

    def _interleaved(self, operand: KernelOperand) -> tuple[KernelOperand, int]:
        """Return the first view whose gaps contain this one, and the elements between them.

        LLVM reads both by whole vectors if they have one pointer.
        """
        assert operand.view is not None
        for each in self.operands:
            if each.tensor is operand.tensor and each.view is not None:
                between = operand.view.start - each.view.start
                is_in_gap = abs(between) < abs(each.view.strides[-1])
                if each.view.strides == operand.view.strides and is_in_gap:
                    return each, between
        return operand, 0

    def store(self, operand: KernelOperand, index: Sequence[str], value: str) -> None:
        """Store an element of the current row."""
        place = self.offset(operand, index)
        self.f.store(type_of(operand.dtype), value, self.base[operand], place)

    def times(self, a: str, b: str) -> str:
        """Return the product of two numbers."""
        return a if b == "1" else self.f.put(f"mul i64 {a}, {b}")

    def _offset(self, operand: KernelOperand, index: Sequence[str], first: int) -> str:
        """Return the sum of index times stride, over the axes from `first` on."""
        total = "0"
        for axis, i in enumerate(index, start=first):
            if self.advances(operand, axis):
                step = self.times(i, self._strides[operand, axis])
                total = step if total == "0" else self.f.put(f"add i64 {total}, {step}")
        return total
