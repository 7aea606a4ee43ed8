"""The kernel of matrix products by panels.

Every element of C is summed in the order of the inner index, in parts of `INNER` terms, whatever
part of C a thread computes.

A group of rows of A stays in the cache while all panels are passed over. If A is transposed, the
group is copied into bands, or read in place where A has few rows. While a block is computed, the
following rows of A and a part of the next panel are fetched, since no processor foresees where
these begin.

A block computes all of its rows, whether they exist or not. A group that is read in place therefore
ends with blocks of fewer rows: 16 rows are blocks of 6, 6 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from chainrule.compile.kernels.bands import write_bands
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.panels import (
    GROUP,
    INNER,
    ROWS_AT_END,
    LeftForm,
    rows_by_vectors,
    vector_bytes,
)
from chainrule.compile.kernels.vectors import (
    block_count,
    broadcast_vector,
    lane_masks,
    masked_load,
    masked_store,
)
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_AHEAD = 24  # inner indices of a left factor read by columns that are fetched before they are read


@cache
def product_text(dtype: DType, vectors: int, form: LeftForm) -> str:
    """Return the kernel of products by panels; `form` is how A is read.

    Pointers: A; panels; C; memory for bands if there are any. Numbers: rows, columns, inner extent,
    leading dimensions of A and C, number of products, elements from one A to the next, from one
    group of panels to the next, and from one C to the next.
    """
    return _PanelProduct(dtype, vectors, form).text()


@dataclass(frozen=True)
class _Part:
    """A part of the inner axis.

    a, panels, c  the addresses of its first elements
    deep          its extent
    again         whether C holds the sums of earlier parts
    """

    a: str
    panels: str
    c: str
    deep: str
    again: str


@dataclass(frozen=True)
class _Block:
    """A block of C.

    lefts, panel, outs  the addresses of its rows of A, of its panel, and of its rows of C
    exists, masks       which of its rows, and of their lanes, exist; None for a row that does
    following, later    memory that is read after it: rows of A, and a part of the next panel
    """

    lefts: Sequence[str]
    panel: str
    outs: Sequence[str]
    exists: Sequence[str | None]
    masks: Sequence[str]
    following: str
    later: str


class _PanelProduct:
    """Writes the kernel of products by panels."""

    def __init__(self, dtype: DType, vectors: int, form: LeftForm) -> None:
        self.dtype, self.vectors, self.form = dtype, vectors, form
        self.rows, self.lanes = rows_by_vectors()[vectors], vector_bytes() // dtype.itemsize
        self.kind, self.width = type_of(dtype), vectors * self.lanes
        self.vector = f"<{self.lanes} x {self.kind}>"
        self.f = IRFunction(4 if form == "bands" else 3, 9, explicit=True)
        self.sums = [[self.f.cell(self.vector) for _ in range(vectors)] for _ in range(self.rows)]

    def text(self) -> str:
        """Write the loops over products, parts of the inner axis, and groups of rows."""
        f = self.f
        with f.loop("%n5") as number:
            bases = [self._at(f"%p{i}", number, f"%n{6 + i}") for i in range(3)]
            with f.loop(block_count(f, "%n2", INNER)) as count:
                part = self._part(bases, count)
                with f.loop(block_count(f, "%n0", GROUP)) as group:
                    self._group(part, f.put(f"mul i64 {group}, {GROUP}"))
        return f.text()

    @property
    def _stride(self) -> str:
        """The elements of A from one inner index of a block to the next; empty if it is 1."""
        return {"rows": "", "columns": "%n3", "bands": str(self.rows)}[self.form]

    def _at(self, base: str, count: str | int, step: str | int) -> str:
        """Return the address that is `count` times `step` elements after `base`."""
        return self.f.at(self.kind, base, self.f.put(f"mul i64 {count}, {step}"))

    def _part(self, bases: Sequence[str], count: str) -> _Part:
        """Return a part of the inner axis."""
        f, (a, b, c) = self.f, bases
        k = f.put(f"mul i64 {count}, {INNER}")
        left = f.put(f"sub i64 %n2, {k}")
        deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {INNER})")
        again = f.put(f"icmp sgt i64 {count}, 0")
        first = self._at(a, k, 1 if self.form == "rows" else "%n3")
        return _Part(first, self._at(b, k, self.width), c, deep, again)

    def _group(self, part: _Part, first: str) -> None:
        """Write the loops over the panels, and over the blocks of a group of rows."""
        f = self.f
        left = f.put(f"sub i64 %n0, {first}")
        count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {GROUP})")
        if self.form == "bands":
            places, extents = (self._at(part.a, first, 1), "%p3"), (count, part.deep, "%n3")
            write_bands(f, self.dtype, self.rows, places, extents)
        with f.loop(block_count(f, "%n1", self.width)) as panel:
            column = f.put(f"mul i64 {panel}, {self.width}")
            masks = lane_masks(f, self.lanes, self.vectors, "%n1", column)
            of_panel = partial(self._block, part, first, column, masks)
            if self.form == "bands" or self.rows <= ROWS_AT_END:
                with f.loop(block_count(f, count, self.rows)) as block:
                    inside = f.put(f"mul i64 {block}, {self.rows}")
                    self._compute(part, of_panel(block, inside, self.rows))
            else:
                self._blocks_in_place(part, count, of_panel)

    def _blocks_in_place(self, part: _Part, count: str, of_panel: Callable[..., _Block]) -> None:
        """Write the loops over the blocks of a group of rows that are read in place."""
        f = self.f
        tall, short = self._counts(count)
        with f.when(f.put(f"icmp sgt i64 {tall}, 0")), f.loop(tall) as block:
            inside = f.put(f"mul i64 {block}, {self.rows}")
            self._compute(part, of_panel(block, inside, self.rows, is_whole=True))
        with f.when(f.put(f"icmp sgt i64 {short}, 0")), f.loop(short) as block:
            before = f.put(f"mul i64 {tall}, {self.rows}")
            inside = f.put(f"add i64 {before}, {f.put(f'mul i64 {block}, {ROWS_AT_END}')}")
            number = f.put(f"add i64 {tall}, {block}")
            self._compute(part, of_panel(number, inside, ROWS_AT_END))

    def _counts(self, count: str) -> tuple[str, str]:
        """Return how many blocks of a group are tall, and how many short ones end it.

        Rows of tall blocks all exist, and few rows of short ones do not: of blocks of 6 and 4 rows,
        14 rows are 6 + 4 + 4.
        """
        f, tall, short = self.f, self.rows, ROWS_AT_END
        most = f.put(f"udiv i64 {count}, {tall}")
        left = f.put(f"sub i64 {count}, {f.put(f'mul i64 {most}, {tall}')}")
        is_few = f.put(f"icmp ult i64 {f.put(f'sub i64 {left}, 1')}, {-tall % short}")
        is_one = f.put(f"and i1 {is_few}, {f.put(f'icmp sgt i64 {most}, 0')}")
        wanted = f.put(f"sub i64 {most}, {f.put(f'zext i1 {is_one} to i64')}")
        left = f.put(f"sub i64 {count}, {f.put(f'mul i64 {wanted}, {tall}')}")
        return wanted, block_count(f, left, short)

    def _block(
        self,
        part: _Part,
        first: str,
        column: str,
        masks: Sequence[str],
        number: str,
        inside: str,
        height: int,
        *,
        is_whole: bool = False,
    ) -> _Block:
        """Return a block of a group; rows beyond the last repeat it, and do not exist.

        is_whole  whether all rows exist
        """
        f = self.f
        due = f.put(f"add i64 {first}, {inside}")
        rows = [f.put(f"add i64 {due}, {i}") for i in range(height)]
        exists: list[str | None] = [None] * height
        if not is_whole:
            exists = [f.put(f"icmp slt i64 {each}, %n0") for each in rows]
            last = f.put("sub i64 %n0, 1")
            rows = [f.put(f"call i64 @llvm.smin.i64(i64 {each}, i64 {last})") for each in rows]
        out = self._at(part.c, column, 1)
        outs = [self._at(out, each, "%n4") for each in rows]
        lefts, following = self._lefts(part, due, inside, rows)
        panel = self._at(part.panels, column, "%n2")
        after = self._at(panel, self.width, "%n2")
        later = self._at(after, f.put(f"mul i64 {number}, {part.deep}"), self.lanes)
        return _Block(lefts, panel, outs, exists, masks, following, later)

    def _lefts(
        self, part: _Part, due: str, inside: str, rows: Sequence[str]
    ) -> tuple[list[str], str]:
        """Return where the rows of a block begin in A, and the memory of A that is read later."""
        f, height = self.f, len(rows)
        if self.form == "bands":
            band = self._at("%p3", inside, part.deep)
            return [self._at(band, i, 1) for i in range(height)], self._at(band, height, part.deep)
        if self.form == "columns":
            later = self._at(self._at(part.a, due, 1), _AHEAD, "%n3")
            return [self._at(part.a, each, 1) for each in rows], later
        later = self._at(part.a, f.put(f"add i64 {due}, {height}"), "%n3")
        return [self._at(part.a, each, "%n3") for each in rows], later

    def _compute(self, part: _Part, block: _Block) -> None:
        """Compute a block of C."""
        f = self.f
        self._begin(block)
        with f.loop(part.deep) as k:
            f.prefetch(self._at(block.following, k, self._stride or self.rows))
            f.prefetch(self._at(block.later, k, self.lanes), near=False)
            self._multiply(block, k)
        with f.when(part.again):
            self._add_earlier(block)
        for exists, out, row in zip(block.exists, block.outs, self.sums, strict=False):
            with f.when(exists):
                self._store(out, row, block.masks)

    def _begin(self, block: _Block) -> None:
        """Set the sums to zero, and fetch the memory they will be written to."""
        for out, row in zip(block.outs, self.sums, strict=False):
            for i, cell in enumerate(row):
                self.f.prefetch(self._at(out, i, self.lanes), written=True)
                self.f.do(f"store {self.vector} zeroinitializer, ptr {cell}")

    def _multiply(self, block: _Block, k: str) -> None:
        """Add the products of one inner index to the sums."""
        f, vector, size = self.f, self.vector, self.dtype.itemsize
        panel = self._at(block.panel, k, self.width)
        places = [self._at(panel, i, self.lanes) for i in range(self.vectors)]
        factors = [f.put(f"load {vector}, ptr {each}, align {size}") for each in places]
        step = f.put(f"mul i64 {k}, {self._stride}") if self._stride else k
        name = f"llvm.fma.v{self.lanes}f{8 * size}"
        for left, row in zip(block.lefts, self.sums, strict=False):
            value = broadcast_vector(f, self.lanes, self.kind, f.load(self.kind, left, step))
            for factor, cell in zip(factors, row, strict=True):
                held = f.put(f"load {vector}, ptr {cell}")
                operands = f"{vector} {value}, {vector} {factor}, {vector} {held}"
                f.do(f"store {vector} {f.put(f'call {vector} @{name}({operands})')}, ptr {cell}")

    def _add_earlier(self, block: _Block) -> None:
        """Add the sums of earlier parts of the inner axis, which are in C."""
        f = self.f
        for out, row in zip(block.outs, self.sums, strict=False):
            for i, (cell, mask) in enumerate(zip(row, block.masks, strict=True)):
                earlier = masked_load(f, self.dtype, self._at(out, i, self.lanes), mask, self.lanes)
                held = f.put(f"load {self.vector}, ptr {cell}")
                both = f.put(f"fadd {self.vector} {earlier}, {held}")
                f.do(f"store {self.vector} {both}, ptr {cell}")

    def _store(self, out: str, row: Sequence[str], masks: Sequence[str]) -> None:
        """Store a row of the block."""
        f = self.f
        for i, (cell, mask) in enumerate(zip(row, masks, strict=True)):
            value = f.put(f"load {self.vector}, ptr {cell}")
            masked_store(f, self.dtype, value, self._at(out, i, self.lanes), mask, self.lanes)
