"""Blocked: a kernel for products of small matrices, which BLAS would first copy into its own order.

A block of C, some rows by some vectors, stays in registers while A and B are read once along the
inner axis, where they are. Measured faster than OpenBLAS where neither factor is transposed and
the inner axis is short (docs/performance.md).
"""

from __future__ import annotations

from functools import cache

from chainrule.compile import blas
from chainrule.compile.function import Function
from chainrule.compile.products import Product
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_LONGEST_INNER = 512
_FEWEST_ROWS = 4
_VECTOR_BYTES = 64
# Rows and vectors of a block, by the vectors that C is wide: at most 24 of 32 registers hold C.
_BLOCKS = {1: (16, 1), 2: (12, 2)}
_WIDE_BLOCK = (8, 3)


def is_blocked(step: Product) -> bool:
    """Say whether this kernel computes a product rather than BLAS."""
    fits = step.inner <= _LONGEST_INNER and step.rows >= _FEWEST_ROWS
    return fits and not step.left_transposed and not step.right_transposed and blas.has_avx512()


def blocked_text(step: Product) -> str:
    """Return the kernel of a product.

    Pointers: A, B, C. Numbers: m, n, k, leading dimensions, batch, elements per matrix of it.
    """
    lanes = _VECTOR_BYTES // step.node.dtype.itemsize
    return _text(step.node.dtype, *_BLOCKS.get(-(-step.columns // lanes), _WIDE_BLOCK))


@cache
def _text(dtype: DType, rows: int, vectors: int) -> str:
    return _Writer(dtype, rows, vectors).text()


class _Writer:
    """Writes the kernel for blocks of C of so many rows by so many vectors."""

    def __init__(self, dtype: DType, rows: int, vectors: int) -> None:
        self.rows, self.vectors = rows, vectors
        self.lanes = _VECTOR_BYTES // dtype.itemsize
        self.kind, self.bits = type_of(dtype), 8 * dtype.itemsize
        self.vector = f"<{self.lanes} x {self.kind}>"
        self.f = Function(3, 10)

    def text(self) -> str:
        """Write the loops over the batch, the blocks of columns and the blocks of rows."""
        f = self.f
        width = self.lanes * self.vectors
        with f.loop("%n6") as number:
            a, b, c = (
                f.at(self.kind, f"%p{i}", f.put(f"mul i64 {number}, %n{7 + i}")) for i in range(3)
            )
            with f.loop(self._blocks("%n1", width)) as across:
                column = f.put(f"mul i64 {across}, {width}")
                masks = [self._mask(column, i) for i in range(self.vectors)]
                with f.loop(self._blocks("%n0", self.rows)) as down:
                    self._block(a, b, c, f.put(f"mul i64 {down}, {self.rows}"), column, masks)
        return f.text()

    def _blocks(self, extent: str, size: int) -> str:
        return self.f.put(f"sdiv i64 {self.f.put(f'add i64 {extent}, {size - 1}')}, {size}")

    def _mask(self, column: str, number: int) -> str:
        """Return which lanes of a vector of columns exist."""
        f = self.f
        left = f.put(f"sub i64 %n1, {f.put(f'add i64 {column}, {number * self.lanes}')}")
        lanes = f"<{self.lanes} x i64>"
        first = f.put(f"insertelement {lanes} poison, i64 {left}, i64 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        all_ = f.put(f"shufflevector {lanes} {first}, {lanes} poison, {zeros}")
        places = ", ".join(f"i64 {i}" for i in range(self.lanes))
        return f.put(f"icmp slt {lanes} <{places}>, {all_}")

    def _block(self, a: str, b: str, c: str, first: str, column: str, masks: list[str]) -> None:
        """Compute one block of C; rows beyond its end repeat the last one and are not stored."""
        f = self.f
        sums = [[f.cell(self.vector) for _ in masks] for _ in range(self.rows)]
        for cell in (each for row in sums for each in row):
            f.do(f"store {self.vector} zeroinitializer, ptr {cell}")
        numbers = [f.put(f"add i64 {first}, {i}") for i in range(self.rows)]
        last = f.put("sub i64 %n0, 1")
        inside = [f.put(f"call i64 @llvm.smin.i64(i64 {each}, i64 {last})") for each in numbers]
        lefts = [f.at(self.kind, a, f.put(f"mul i64 {each}, %n3")) for each in inside]
        with f.loop("%n2") as k:
            at = f.at(self.kind, b, f.put(f"add i64 {f.put(f'mul i64 {k}, %n4')}, {column}"))
            factors = [self._loaded(at, i, mask) for i, mask in enumerate(masks)]
            for left, row in zip(lefts, sums, strict=True):
                value = self._everywhere(f.load(self.kind, left, k))
                for factor, cell in zip(factors, row, strict=True):
                    self._multiply_and_add(value, factor, cell)
        for number, row in zip(numbers, sums, strict=True):
            with f.when(f.put(f"icmp slt i64 {number}, %n0")):
                place = f.put(f"add i64 {f.put(f'mul i64 {number}, %n5')}, {column}")
                self._store(f.at(self.kind, c, place), row, masks)

    def _loaded(self, base: str, number: int, mask: str) -> str:
        at = self.f.at(self.kind, base, str(number * self.lanes))
        rest = f"i32 {self.bits // 8}, <{self.lanes} x i1> {mask}, {self.vector} zeroinitializer"
        name = f"llvm.masked.load.v{self.lanes}f{self.bits}.p0"
        return self.f.put(f"call {self.vector} @{name}(ptr {at}, {rest})")

    def _everywhere(self, value: str) -> str:
        first = self.f.put(f"insertelement {self.vector} poison, {self.kind} {value}, i64 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        return self.f.put(f"shufflevector {self.vector} {first}, {self.vector} poison, {zeros}")

    def _multiply_and_add(self, value: str, factor: str, cell: str) -> None:
        f, vector = self.f, self.vector
        held = f.put(f"load {vector}, ptr {cell}")
        name = f"llvm.fma.v{self.lanes}f{self.bits}"
        operands = f"{vector} {value}, {vector} {factor}, {vector} {held}"
        f.do(f"store {vector} {f.put(f'call {vector} @{name}({operands})')}, ptr {cell}")

    def _store(self, base: str, row: list[str], masks: list[str]) -> None:
        name = f"llvm.masked.store.v{self.lanes}f{self.bits}.p0"
        for number, (cell, mask) in enumerate(zip(row, masks, strict=True)):
            value = self.f.put(f"load {self.vector}, ptr {cell}")
            at = self.f.at(self.kind, base, str(number * self.lanes))
            rest = f"i32 {self.bits // 8}, <{self.lanes} x i1> {mask}"
            self.f.do(f"call void @{name}({self.vector} {value}, ptr {at}, {rest})")
