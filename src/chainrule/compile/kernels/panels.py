"""Matrix products by panels, for CPUs with AVX-512.

The right factor is copied into panels: as many of its columns as some vectors hold, one inner index
after the other. A transposed left factor is copied into bands in the same way, eight rows each. A
block of C, some rows by the width of a panel, then stays in registers while its rows of A and one
panel are read from end to end (Goto and van de Geijn, Anatomy of high-performance matrix
multiplication, 2008). docs/performance.md has the sizes at which this is faster than OpenBLAS.

Every element of C is summed in the order of the inner index, in parts of `_INNER` terms, whatever
part of C a thread computes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.tiles import side_of, transposed_tile
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import literal, type_of

_VECTOR_BYTES = 64
_BAND = 8  # rows of a band, and of a block whose panel is under four vectors wide: 24 registers
_ROWS = {1: _BAND, 2: _BAND, 3: _BAND, 4: 6}
_COST = {4: 1.0, 3: 1.0, 2: 1.25, 1: 1.5}  # per vector: narrower panels keep less of C in registers
_SHORTEST, _SMALLEST, _SMALLEST_OF_MANY = 16, 1 << 20, 1 << 17
_INNER = 1024  # terms summed before C is written, for accuracy and for the cache


def has_panels(step: MatrixProduct) -> bool:
    """Return whether a product is computed by panels rather than by BLAS."""
    extents = (step.rows, step.columns, step.inner)
    smallest = _SMALLEST if step.batch == 1 else _SMALLEST_OF_MANY
    fits = min(extents) >= _SHORTEST and math.prod(extents) >= smallest
    return fits and blas.has_avx512()


def vectors_of(step: MatrixProduct) -> int:
    """Return the width of the panels in vectors: the one that pads the columns least."""
    lanes = _VECTOR_BYTES // step.node.dtype.itemsize
    widths = (3, 2, 1) if step.left_transposed else (4, 3, 2, 1)
    return min(widths, key=lambda each: -(-step.columns // (each * lanes)) * each * _COST[each])


def width_of(step: MatrixProduct) -> int:
    """Return the columns of a panel."""
    return vectors_of(step) * _VECTOR_BYTES // step.node.dtype.itemsize


def _bands_together(dtype: DType) -> int:
    """Return how many bands are written together, so that adjacent cache lines are read."""
    return 4 * _VECTOR_BYTES // (_BAND * dtype.itemsize)


def rows_of_block(step: MatrixProduct) -> int:
    """Return the rows of C that stay in registers together."""
    return _ROWS[vectors_of(step)]


def band_grain(step: MatrixProduct) -> int:
    """Return the rows of a left factor that are copied together."""
    return _BAND * _bands_together(step.node.dtype)


def band_room(step: MatrixProduct) -> int:
    """Return the elements of the bands of one transposed left factor."""
    return -(-step.rows // band_grain(step)) * band_grain(step) * step.inner


def panel_room(step: MatrixProduct) -> int:
    """Return the elements of the panels of one right factor."""
    return -(-step.columns // width_of(step)) * width_of(step) * step.inner


def room_of(step: MatrixProduct) -> tuple[int, int]:
    """Return the bytes of all bands and of all panels of a step.

    A factor that is the same for all products of a batch is copied once.
    """
    size = step.node.dtype.itemsize
    lefts, rights = (step.batch if each else 1 for each in step.steps)
    return lefts * band_room(step) * size, rights * panel_room(step) * size


# -- panels ----------------------------------------------------------------------------------------


@cache
def packing_text(dtype: DType, vectors: int, transposed: bool) -> str:
    """Return the kernel that copies factors into panels.

    Pointers: source, panels. Numbers: columns, inner extent, leading dimension, number of factors,
    elements from one factor to the next. If `transposed`, columns are rows of the source.
    """
    f = IRFunction(2, 5)
    kind, lanes = type_of(dtype), _VECTOR_BYTES // dtype.itemsize
    width = vectors * lanes
    panels = _blocks(f, "%n0", width)
    size = f.put(f"mul i64 %n1, {width}")
    with f.loop("%n3") as number, f.loop(panels) as panel:
        source = f.at(kind, "%p0", f.put(f"mul i64 {number}, %n4"))
        before = f.put(f"add i64 {f.put(f'mul i64 {number}, {panels}')}, {panel}")
        target = f.at(kind, "%p1", f.put(f"mul i64 {before}, {size}"))
        first = f.put(f"mul i64 {panel}, {width}")
        if transposed:
            _transposed_panel(f, dtype, vectors, source, target, first)
        else:
            _copied_panel(f, dtype, vectors, source, target, first)
    return f.text()


def _copied_panel(
    f: IRFunction, dtype: DType, vectors: int, source: str, target: str, first: str
) -> None:
    """Copy rows of a panel; columns beyond the last are zero."""
    kind, lanes = type_of(dtype), _VECTOR_BYTES // dtype.itemsize
    masks = _masks(f, lanes, vectors, "%n0", first)
    with f.loop("%n1") as k:
        row = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {k}, %n2')}, {first}"))
        out = f.at(kind, target, f.put(f"mul i64 {k}, {vectors * lanes}"))
        for i, mask in enumerate(masks):
            value = _masked_load(f, dtype, f.at(kind, row, str(i * lanes)), mask)
            f.do(f"store <{lanes} x {kind}> {value}, ptr {f.at(kind, out, str(i * lanes))}")


def _transposed_panel(
    f: IRFunction, dtype: DType, vectors: int, source: str, target: str, first: str
) -> None:
    """Transpose tiles of the source, whose rows are columns of the panel."""
    kind, side = type_of(dtype), side_of(dtype)
    width = vectors * side
    with f.loop(str(vectors)) as number:
        before = f.put(f"mul i64 {number}, {side}")
        column = f.put(f"add i64 {first}, {before}")
        there = f.put(f"sub i64 %n0, {column}")
        whole = f.put(f"icmp sge i64 {there}, {side}")
        with f.loop(_blocks(f, "%n1", side)) as block:
            k = f.put(f"mul i64 {block}, {side}")
            left = f.put(f"sub i64 %n1, {k}")
            fits = f.put(f"and i1 {whole}, {f.put(f'icmp sge i64 {left}, {side}')}")
            read = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {column}, %n2')}, {k}"))
            at = f.put(f"add i64 {f.put(f'mul i64 {k}, {width}')}, {before}")
            write = f.at(kind, target, at)
            with f.when(fits):
                transposed_tile(f, dtype, (read, write), ("%n2", str(width)))
            with f.when(f.put(f"xor i1 {fits}, 1")):
                deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {side})")
                _transposed_edge(f, dtype, (read, write), (there, deep), width)


def _transposed_edge(
    f: IRFunction, dtype: DType, corner: tuple[str, str], extents: tuple[str, str], width: int
) -> None:
    """Transpose a tile at the edge element by element; columns beyond the last are zero."""
    kind, side = type_of(dtype), side_of(dtype)
    read, write = corner
    there, deep = extents
    with f.loop(deep) as k, f.loop(str(side)) as j:
        out = f.at(kind, write, f.put(f"add i64 {f.put(f'mul i64 {k}, {width}')}, {j}"))
        f.do(f"store {kind} {literal(0, dtype)}, ptr {out}")
        with f.when(f.put(f"icmp slt i64 {j}, {there}")):
            place = f.put(f"add i64 {f.put(f'mul i64 {j}, %n2')}, {k}")
            f.do(f"store {kind} {f.load(kind, read, place)}, ptr {out}")


@cache
def bands_text(dtype: DType) -> str:
    """Return the kernel that copies transposed left factors into bands.

    Pointers: source, bands. Numbers: rows, inner extent, leading dimension, number of factors,
    elements from one factor to the next. Rows beyond the last are zero.
    """
    f = IRFunction(2, 5)
    kind = type_of(dtype)
    together = _bands_together(dtype)
    bands = _blocks(f, "%n0", _BAND)
    size = f.put(f"mul i64 %n1, {_BAND}")
    with f.loop("%n3") as number:
        source = f.at(kind, "%p0", f.put(f"mul i64 {number}, %n4"))
        groups = f.put(f"mul i64 {_blocks(f, bands, together)}, {together}")
        whole = f.put(f"mul i64 {f.put(f'mul i64 {number}, {groups}')}, {size}")
        target = f.at(kind, "%p1", whole)
        with f.loop(_blocks(f, bands, together)) as group:
            band = f.put(f"mul i64 {group}, {together}")
            first = f.put(f"mul i64 {band}, {_BAND}")
            masks = _masks(f, _BAND, together, "%n0", first)
            outs = [_band(f, kind, target, band, i, size) for i in range(together)]
            with f.loop("%n1") as k:
                row = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {k}, %n2')}, {first}"))
                for i, (mask, out) in enumerate(zip(masks, outs, strict=True)):
                    at = f.at(kind, row, str(i * _BAND))
                    value = _masked_load(f, dtype, at, mask, _BAND)
                    place = f.at(kind, out, f.put(f"mul i64 {k}, {_BAND}"))
                    f.do(f"store <{_BAND} x {kind}> {value}, ptr {place}, align {dtype.itemsize}")
    return f.text()


def _band(f: IRFunction, kind: str, bands: str, first: str, number: int, size: str) -> str:
    """Return the address of a band of a group; memory is reserved for whole groups."""
    return f.at(kind, bands, f.put(f"mul i64 {f.put(f'add i64 {first}, {number}')}, {size}"))


# -- products --------------------------------------------------------------------------------------


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
        self.rows, self.lanes = _ROWS[vectors], _VECTOR_BYTES // dtype.itemsize
        self.kind, self.width = type_of(dtype), vectors * self.lanes
        self.vector = f"<{self.lanes} x {self.kind}>"
        self.f = IRFunction(3, 9)
        self.sums = [[self.f.cell(self.vector) for _ in range(vectors)] for _ in range(self.rows)]

    def text(self) -> str:
        """Write the loops: over products, parts of the inner axis, panels and blocks of rows."""
        f, kind = self.f, self.kind
        with f.loop("%n5") as number:
            a, b, c = (
                f.at(kind, f"%p{i}", f.put(f"mul i64 {number}, %n{6 + i}")) for i in range(3)
            )
            with f.loop(_blocks(f, "%n2", _INNER)) as part:
                k = f.put(f"mul i64 {part}, {_INNER}")
                left = f.put(f"sub i64 %n2, {k}")
                deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_INNER})")
                again = f.put(f"icmp sgt i64 {part}, 0")
                with f.loop(_blocks(f, "%n1", self.width)) as panel:
                    column = f.put(f"mul i64 {panel}, {self.width}")
                    masks = _masks(f, self.lanes, self.vectors, "%n1", column)
                    start = f.put(f"add i64 {f.put(f'mul i64 {panel}, %n2')}, {k}")
                    at = f.at(kind, b, f.put(f"mul i64 {start}, {self.width}"))
                    with f.loop(_blocks(f, "%n0", self.rows)) as block:
                        row = f.put(f"mul i64 {block}, {self.rows}")
                        self._block((a, at, c), row, column, masks, (k, deep, again))
        return f.text()

    def _block(
        self,
        bases: tuple[str, str, str],
        first: str,
        column: str,
        masks: Sequence[str],
        inner: tuple[str, str, str],
    ) -> None:
        """Compute a block of C; rows beyond its end repeat the last one and are not stored."""
        f = self.f
        (a, panel, c), (start, deep, again) = bases, inner
        numbers = [f.put(f"add i64 {first}, {i}") for i in range(self.rows)]
        last = f.put("sub i64 %n0, 1")
        inside = [f.put(f"call i64 @llvm.smin.i64(i64 {each}, i64 {last})") for each in numbers]
        outs = [
            f.at(self.kind, c, f.put(f"add i64 {f.put(f'mul i64 {each}, %n4')}, {column}"))
            for each in inside
        ]
        self._begin()
        lefts = [f.at(self.kind, a, self._place(each, start)) for each in inside]
        with f.loop(deep) as k:
            self._multiply(lefts, f.at(self.kind, panel, f.put(f"mul i64 {k}, {self.width}")), k)
        with f.when(again):
            self._add_earlier(outs, masks)
        for number, out, row in zip(numbers, outs, self.sums, strict=True):
            with f.when(f.put(f"icmp slt i64 {number}, %n0")):
                self._store(out, row, masks)

    def _begin(self) -> None:
        """Set the sums to zero."""
        for row in self.sums:
            for cell in row:
                self.f.do(f"store {self.vector} zeroinitializer, ptr {cell}")

    def _add_earlier(self, outs: Sequence[str], masks: Sequence[str]) -> None:
        """Add the sums of earlier parts of the inner axis, which are in C."""
        f = self.f
        for out, row in zip(outs, self.sums, strict=True):
            for i, (cell, mask) in enumerate(zip(row, masks, strict=True)):
                earlier = _masked_load(
                    f, self.dtype, f.at(self.kind, out, str(i * self.lanes)), mask
                )
                held = f.put(f"load {self.vector}, ptr {cell}")
                both = f.put(f"fadd {self.vector} {earlier}, {held}")
                f.do(f"store {self.vector} {both}, ptr {cell}")

    def _place(self, row: str, k: str) -> str:
        """Return the index of an element of A."""
        if self.transposed:
            return self._place_in_bands(row, k)
        return self.f.put(f"add i64 {self.f.put(f'mul i64 {row}, %n3')}, {k}")

    def _place_in_bands(self, row: str, k: str) -> str:
        """Return the index of an element of A in its bands."""
        f = self.f
        band, within = f.put(f"udiv i64 {row}, {_BAND}"), f.put(f"urem i64 {row}, {_BAND}")
        before = f.put(f"add i64 {f.put(f'mul i64 {band}, %n2')}, {k}")
        return f.put(f"add i64 {f.put(f'mul i64 {before}, {_BAND}')}, {within}")

    def _multiply(self, lefts: Sequence[str], panel: str, k: str) -> None:
        """Add the products of one inner index to the sums."""
        f, vector = self.f, self.vector
        step = f.put(f"mul i64 {k}, {_BAND}") if self.transposed else k
        factors = [
            f.put(f"load {vector}, ptr {f.at(self.kind, panel, str(i * self.lanes))}")
            for i in range(self.vectors)
        ]
        name = f"llvm.fma.v{self.lanes}f{8 * self.dtype.itemsize}"
        for left, row in zip(lefts, self.sums, strict=True):
            value = _broadcast(f, self.lanes, self.kind, f.load(self.kind, left, step))
            for factor, cell in zip(factors, row, strict=True):
                held = f.put(f"load {vector}, ptr {cell}")
                operands = f"{vector} {value}, {vector} {factor}, {vector} {held}"
                f.do(f"store {vector} {f.put(f'call {vector} @{name}({operands})')}, ptr {cell}")

    def _store(self, out: str, row: Sequence[str], masks: Sequence[str]) -> None:
        """Store a row of the block."""
        f, size = self.f, self.dtype.itemsize
        name = f"llvm.masked.store.v{self.lanes}f{8 * size}.p0"
        for i, (cell, mask) in enumerate(zip(row, masks, strict=True)):
            value = f.put(f"load {self.vector}, ptr {cell}")
            at = f.at(self.kind, out, str(i * self.lanes))
            rest = f"i32 {size}, <{self.lanes} x i1> {mask}"
            f.do(f"call void @{name}({self.vector} {value}, ptr {at}, {rest})")


def _blocks(f: IRFunction, extent: str, size: int) -> str:
    """Return the number of blocks in an extent; the last one may be partial."""
    return f.put(f"udiv i64 {f.put(f'add i64 {extent}, {size - 1}')}, {size}")


def _masks(f: IRFunction, lanes: int, vectors: int, columns: str, first: str) -> list[str]:
    """Return, for every vector of columns from `first` on, the mask of lanes that exist."""
    kind = f"<{lanes} x i64>"
    places = ", ".join(f"i64 {i}" for i in range(lanes))
    masks = []
    for number in range(vectors):
        left = f.put(f"sub i64 {columns}, {f.put(f'add i64 {first}, {number * lanes}')}")
        masks.append(f.put(f"icmp slt {kind} <{places}>, {_broadcast(f, lanes, 'i64', left)}"))
    return masks


def _broadcast(f: IRFunction, lanes: int, kind: str, value: str) -> str:
    """Return a vector with the same value in all lanes."""
    vector = f"<{lanes} x {kind}>"
    first = f.put(f"insertelement {vector} poison, {kind} {value}, i64 0")
    zeros = f"<{lanes} x i32> zeroinitializer"
    return f.put(f"shufflevector {vector} {first}, {vector} poison, {zeros}")


def _masked_load(f: IRFunction, dtype: DType, at: str, mask: str, lanes: int = 0) -> str:
    """Load a vector; lanes outside the mask are zero."""
    lanes, bits = lanes or _VECTOR_BYTES // dtype.itemsize, 8 * dtype.itemsize
    vector = f"<{lanes} x {type_of(dtype)}>"
    rest = f"i32 {dtype.itemsize}, <{lanes} x i1> {mask}, {vector} zeroinitializer"
    return f.put(f"call {vector} @llvm.masked.load.v{lanes}f{bits}.p0(ptr {at}, {rest})")
