"""Kernels that copy the factors of a matrix product into panels and bands."""

from __future__ import annotations

from functools import cache

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.tiles import side_of, transposed_tile
from chainrule.compile.kernels.vectors import (
    VECTOR_BYTES,
    block_count,
    lane_masks,
    lanes_below,
    masked_load,
    masked_store,
)
from chainrule.graph import DType
from chainrule.ops.scalars import literal, type_of

_SOURCE_ROWS = 8  # of a transposed left factor, read side by side


@cache
def packing_text(dtype: DType, vectors: int, transposed: bool) -> str:
    """Return the kernel that copies factors into panels.

    Pointers: source, panels. Numbers: columns, inner extent, leading dimension, number of factors,
    elements from one factor to the next. If `transposed`, columns are rows of the source.
    """
    f = IRFunction(2, 5)
    kind, lanes = type_of(dtype), VECTOR_BYTES // dtype.itemsize
    width = vectors * lanes
    panels = block_count(f, "%n0", width)
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
    kind, lanes = type_of(dtype), VECTOR_BYTES // dtype.itemsize
    masks = lane_masks(f, lanes, vectors, "%n0", first)
    with f.loop("%n1") as k:
        row = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {k}, %n2')}, {first}"))
        out = f.at(kind, target, f.put(f"mul i64 {k}, {vectors * lanes}"))
        for i, mask in enumerate(masks):
            value = masked_load(f, dtype, f.at(kind, row, str(i * lanes)), mask)
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
        with f.loop(block_count(f, "%n1", side)) as block:
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
def bands_text(dtype: DType, rows: int) -> str:
    """Return the kernel that copies transposed left factors into bands of `rows` rows.

    Pointers: source, bands. Numbers: rows, inner extent, leading dimension, number of factors,
    elements from one factor to the next. Rows beyond the last are zero.

    A few rows of the source at a time are read from end to end.
    """
    f = IRFunction(2, 5)
    kind, lanes = type_of(dtype), 1 << (rows - 1).bit_length()
    bands, size = block_count(f, "%n0", rows), f.put(f"mul i64 %n1, {rows}")
    whole = f"<{', '.join(f'i1 {int(i < rows)}' for i in range(lanes))}>"
    with f.loop("%n3") as number, f.loop(block_count(f, "%n1", _SOURCE_ROWS)) as block:
        source = f.at(kind, "%p0", f.put(f"mul i64 {number}, %n4"))
        target = f.at(kind, "%p1", f.put(f"mul i64 {f.put(f'mul i64 {number}, {bands}')}, {size}"))
        start = f.put(f"mul i64 {block}, {_SOURCE_ROWS}")
        after = f.put(f"add i64 {start}, {_SOURCE_ROWS}")
        end = f.put(f"call i64 @llvm.umin.i64(i64 {after}, i64 %n1)")
        with f.loop(bands) as band:
            first = f.put(f"mul i64 {band}, {rows}")
            left = f.put(f"sub i64 %n0, {first}")
            inside = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {rows})")
            mask = lanes_below(f, lanes, inside)
            out = f.at(kind, target, f.put(f"mul i64 {band}, {size}"))
            with f.loop(end, start) as k:
                row = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {k}, %n2')}, {first}"))
                value = masked_load(f, dtype, row, mask, lanes)
                at = f.at(kind, out, f.put(f"mul i64 {k}, {rows}"))
                masked_store(f, dtype, value, at, whole, lanes)
    return f.text()
