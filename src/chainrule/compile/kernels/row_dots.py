"""The kernel of products with few rows: dot products with the rows of a transposed right factor.

A generator that computes one token at a time reads every weight once per token, which takes longer
than to multiply them. BLAS first copies a factor. Here the weights are read in place, from the
first to the last: processors foresee one such stream, and not several beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.panels import vector_bytes
from chainrule.compile.kernels.vectors import lanes_below, masked_load
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_MOST_ROWS = 4
_INNER = (32, 8192)  # at least a vector per sum, and not too many terms in one lane
_SMALLEST = 1 << 12  # elements of the right factor


def has_row_dots(step: MatrixProduct) -> bool:
    """Return whether a product is computed as dot products of rows."""
    return (
        step.rows <= _MOST_ROWS
        and step.right_transposed
        and (step.rows == 1 or not step.left_transposed)
        and _INNER[0] <= step.inner <= _INNER[1]
        and step.columns * step.inner >= _SMALLEST
        and blas.has_avx2()
    )


@cache
def row_dots_text(dtype: DType, rows: int) -> str:
    """Return the kernel of C = A Bᵀ with `rows` rows of A.

    Pointers: A; B; C. Numbers: columns of C, inner extent, elements from one row of C to the next,
    number of products, elements from one A, one B and one C to the next.
    """
    f, kind = IRFunction(3, 7), type_of(dtype)
    dots = _RowDots(f, dtype)
    with f.loop("%n3") as number:
        a, b, c = (f.at(kind, f"%p{i}", f.put(f"mul i64 {number}, %n{4 + i}")) for i in range(3))
        lefts = [f.at(kind, a, f.put(f"mul i64 %n1, {i}")) for i in range(rows)]
        outs = [f.at(kind, c, f.put(f"mul i64 %n2, {i}")) for i in range(rows)]
        with f.loop("%n0") as column:
            right = f.at(kind, b, f.put(f"mul i64 {column}, %n1"))
            for out, total in zip(outs, dots.of(lefts, right), strict=True):
                f.store(kind, total, out, column)
    return f.text()


class _RowDots:
    """Writes the dot products of some rows with one row."""

    def __init__(self, f: IRFunction, dtype: DType) -> None:
        self.f, self.dtype, self.kind = f, dtype, type_of(dtype)
        self.lanes = vector_bytes() // dtype.itemsize
        self.vector, self.suffix = f"<{self.lanes} x {self.kind}>", f"f{8 * dtype.itemsize}"

    def of(self, lefts: Sequence[str], right: str) -> list[str]:
        """Return the dot product of every row of `lefts` with `right`."""
        f = self.f

        def body(block: str, *sums: str) -> list[str]:
            k = f.put(f"mul i64 {block}, {self.lanes}")
            return self._added([self._whole(each, k) for each in (right, *lefts)], sums)

        count = f.put(f"udiv i64 %n1, {self.lanes}")
        sums = f.fold(count, [(self.vector, "zeroinitializer")] * len(lefts), body)
        k = f.put(f"mul i64 {count}, {self.lanes}")
        mask = lanes_below(f, self.lanes, f.put(f"sub i64 %n1, {k}"))
        sums = self._added([self._part(each, k, mask) for each in (right, *lefts)], sums)
        return [self._total(each) for each in sums]

    def _added(self, read: Sequence[str], sums: Sequence[str]) -> list[str]:
        """Return the sums with the products of the first vector that was read and the others."""
        right, *lefts = (f"{self.vector} {each}" for each in read)
        name = f"llvm.fma.v{self.lanes}{self.suffix}"
        pairs = zip(lefts, sums, strict=True)
        return [
            self.f.put(f"call {self.vector} @{name}({left}, {right}, {self.vector} {held})")
            for left, held in pairs
        ]

    def _whole(self, base: str, k: str) -> str:
        place = self.f.at(self.kind, base, k)
        return self.f.put(f"load {self.vector}, ptr {place}, align {self.dtype.itemsize}")

    def _part(self, base: str, k: str, mask: str) -> str:
        return masked_load(self.f, self.dtype, self.f.at(self.kind, base, k), mask, self.lanes)

    def _total(self, sums: str) -> str:
        """Return the sum of the lanes of a vector."""
        name = f"llvm.vector.reduce.fadd.v{self.lanes}{self.suffix}"
        operands = f"{self.kind} -0.0, {self.vector} {sums}"
        return self.f.put(f"call reassoc {self.kind} @{name}({operands})")
