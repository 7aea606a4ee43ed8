"""The kernel of matrix products by panels.

Every element of C is summed in the order of the inner index, in parts of `_INNER` terms, whatever
part of C a thread computes.

A group of rows of A stays in the cache while all panels are passed over. While a block is computed,
what the next one reads of A is fetched, and part of the next panel, since no processor foresees
where these begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.panels import ROWS
from chainrule.compile.kernels.vectors import (
    VECTOR_BYTES,
    block_count,
    broadcast_vector,
    lane_masks,
    masked_load,
    masked_store,
)
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_INNER = 512  # terms summed before C is written, for accuracy, and so that panels stay in the cache
_GROUP = 96  # rows of A per pass over the panels: a multiple of the rows of any block


@cache
def product_text(dtype: DType, vectors: int, transposed: bool) -> str:
    """Return the kernel of products by panels.

    Pointers: A, or its bands if it is transposed; panels; C. Numbers: rows, columns, inner extent,
    leading dimensions of A and C, number of products, elements from one A, or its bands, to the
    next, from one group of panels to the next, and from one C to the next.
    """
    return _PanelProduct(dtype, vectors, transposed).text()


class _PanelProduct:
    """Writes the kernel of products by panels."""

    def __init__(self, dtype: DType, vectors: int, transposed: bool) -> None:
        self.dtype, self.vectors, self.transposed = dtype, vectors, transposed
        self.rows, self.lanes = ROWS[vectors], VECTOR_BYTES // dtype.itemsize
        self.kind, self.width = type_of(dtype), vectors * self.lanes
        self.vector = f"<{self.lanes} x {self.kind}>"
        self.f = IRFunction(3, 9)
        self.sums = [[self.f.cell(self.vector) for _ in range(vectors)] for _ in range(self.rows)]

    def text(self) -> str:
        """Write the loops over products and parts of the inner axis."""
        f, kind = self.f, self.kind
        with f.loop("%n5") as number:
            a, b, c = (
                f.at(kind, f"%p{i}", f.put(f"mul i64 {number}, %n{6 + i}")) for i in range(3)
            )
            with f.loop(block_count(f, "%n2", _INNER)) as part:
                k = f.put(f"mul i64 {part}, {_INNER}")
                left = f.put(f"sub i64 %n2, {k}")
                deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_INNER})")
                again = f.put(f"icmp sgt i64 {part}, 0")
                across = f.put(f"mul i64 {k}, {self.rows}") if self.transposed else k
                panels = f.at(kind, b, f.put(f"mul i64 {k}, {self.width}"))
                self._part((f.at(kind, a, across), panels, c), deep, again)
        return f.text()

    def _part(self, bases: tuple[str, str, str], deep: str, again: str) -> None:
        """Write the loops over groups of rows, panels, and blocks of rows of the group."""
        f, (a, panels, c) = self.f, bases
        with f.loop(block_count(f, "%n0", _GROUP)) as group:
            first = f.put(f"mul i64 {group}, {_GROUP}")
            left = f.put(f"sub i64 %n0, {first}")
            count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_GROUP})")
            with f.loop(block_count(f, "%n1", self.width)) as number:
                column = f.put(f"mul i64 {number}, {self.width}")
                masks = lane_masks(f, self.lanes, self.vectors, "%n1", column)
                panel = f.at(self.kind, panels, f.put(f"mul i64 {column}, %n2"))
                out = f.at(self.kind, c, column)
                later = f.at(self.kind, panel, f.put(f"mul i64 {self.width}, %n2"))
                with f.loop(block_count(f, count, self.rows)) as block:
                    row = f.put(f"add i64 {first}, {f.put(f'mul i64 {block}, {self.rows}')}")
                    lines = f.put(f"mul i64 {f.put(f'mul i64 {block}, {deep}')}, {self.lanes}")
                    fetched = f.at(self.kind, later, lines)
                    self._block((a, panel, out), fetched, row, masks, (deep, again))

    def _block(
        self,
        bases: tuple[str, str, str],
        fetched: str,
        first: str,
        masks: Sequence[str],
        inner: tuple[str, str],
    ) -> None:
        """Compute a block of C; rows beyond its end repeat the last one and are not stored.

        fetched  address in the next panel, of which a cache line is fetched per inner index
        """
        f, (a, panel, c), (deep, again) = self.f, bases, inner
        numbers = [f.put(f"add i64 {first}, {i}") for i in range(self.rows)]
        last = f.put("sub i64 %n0, 1")
        inside = [f.put(f"call i64 @llvm.smin.i64(i64 {each}, i64 {last})") for each in numbers]
        outs = [f.at(self.kind, c, f.put(f"mul i64 {each}, %n4")) for each in inside]
        self._begin(outs)
        lefts, following = self._left(a, first, inside)
        with f.loop(deep) as k:
            f.prefetch(f.at(self.kind, following, f.put(f"mul i64 {k}, {self.rows}")))
            f.prefetch(f.at(self.kind, fetched, f.put(f"mul i64 {k}, {self.lanes}")), near=False)
            self._multiply(lefts, f.at(self.kind, panel, f.put(f"mul i64 {k}, {self.width}")), k)
        with f.when(again):
            self._add_earlier(outs, masks)
        for number, out, row in zip(numbers, outs, self.sums, strict=True):
            with f.when(f.put(f"icmp slt i64 {number}, %n0")):
                self._store(out, row, masks)

    def _begin(self, outs: Sequence[str]) -> None:
        """Set the sums to zero, and fetch the memory they will be written to."""
        f = self.f
        for out, row in zip(outs, self.sums, strict=True):
            for i, cell in enumerate(row):
                f.prefetch(f.at(self.kind, out, str(i * self.lanes)), written=True)
                f.do(f"store {self.vector} zeroinitializer, ptr {cell}")

    def _left(self, a: str, first: str, inside: Sequence[str]) -> tuple[list[str], str]:
        """Return the addresses of the block's rows of A, and that of the rows after them."""
        f, kind = self.f, self.kind
        behind = f.put(f"add i64 {first}, {self.rows}")
        if self.transposed:
            band = f.at(kind, a, f.put(f"mul i64 {first}, %n2"))
            lefts = [f.at(kind, band, str(i)) for i in range(self.rows)]
            return lefts, f.at(kind, a, f.put(f"mul i64 {behind}, %n2"))
        lefts = [f.at(kind, a, f.put(f"mul i64 {each}, %n3")) for each in inside]
        return lefts, f.at(kind, a, f.put(f"mul i64 {behind}, %n3"))

    def _add_earlier(self, outs: Sequence[str], masks: Sequence[str]) -> None:
        """Add the sums of earlier parts of the inner axis, which are in C."""
        f = self.f
        for out, row in zip(outs, self.sums, strict=True):
            for i, (cell, mask) in enumerate(zip(row, masks, strict=True)):
                earlier = masked_load(
                    f, self.dtype, f.at(self.kind, out, str(i * self.lanes)), mask
                )
                held = f.put(f"load {self.vector}, ptr {cell}")
                both = f.put(f"fadd {self.vector} {earlier}, {held}")
                f.do(f"store {self.vector} {both}, ptr {cell}")

    def _multiply(self, lefts: Sequence[str], panel: str, k: str) -> None:
        """Add the products of one inner index to the sums."""
        f, vector, size = self.f, self.vector, self.dtype.itemsize
        step = f.put(f"mul i64 {k}, {self.rows}") if self.transposed else k
        factors = [
            f.put(f"load {vector}, ptr {f.at(self.kind, panel, str(i * self.lanes))}, align {size}")
            for i in range(self.vectors)
        ]
        name = f"llvm.fma.v{self.lanes}f{8 * size}"
        for left, row in zip(lefts, self.sums, strict=True):
            value = broadcast_vector(f, self.lanes, self.kind, f.load(self.kind, left, step))
            for factor, cell in zip(factors, row, strict=True):
                held = f.put(f"load {vector}, ptr {cell}")
                operands = f"{vector} {value}, {vector} {factor}, {vector} {held}"
                f.do(f"store {vector} {f.put(f'call {vector} @{name}({operands})')}, ptr {cell}")

    def _store(self, out: str, row: Sequence[str], masks: Sequence[str]) -> None:
        """Store a row of the block."""
        f = self.f
        for i, (cell, mask) in enumerate(zip(row, masks, strict=True)):
            value = f.put(f"load {self.vector}, ptr {cell}")
            masked_store(f, self.dtype, value, f.at(self.kind, out, str(i * self.lanes)), mask)
