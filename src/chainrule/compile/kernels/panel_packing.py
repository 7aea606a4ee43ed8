"""The kernel that copies the right factors of matrix products into panels."""

from __future__ import annotations

from functools import cache

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.panels import vector_bytes
from chainrule.compile.kernels.tiles import side_of, transposed_tile
from chainrule.compile.kernels.vectors import (
    block_count,
    lane_masks,
    masked_load,
)
from chainrule.graph import DType
from chainrule.ops.scalars import literal, type_of

_TOGETHER = 16  # rows of a factor that are copied into one panel before the next


@cache
def packing_text(dtype: DType, width: int, transposed: bool) -> str:
    """Return the kernel that copies factors into panels of `width` columns.

    Pointers: source, panels. Numbers: columns, inner extent, leading dimension, number of factors,
    elements from one factor to the next. If `transposed`, columns are rows of the source. Columns
    beyond the last are zero.
    """
    f = IRFunction(2, 5, explicit=True)
    kind = type_of(dtype)
    panels, size = block_count(f, "%n0", width), f.put(f"mul i64 %n1, {width}")
    with f.loop("%n3") as number:
        source = f.at(kind, "%p0", f.put(f"mul i64 {number}, %n4"))
        target = f.at(kind, "%p1", f.put(f"mul i64 {f.put(f'mul i64 {number}, {panels}')}, {size}"))
        if not transposed:
            _copied_panels(f, dtype, width, source, target)
        else:
            with f.loop(panels) as panel:
                first = f.put(f"mul i64 {panel}, {width}")
                out = f.at(kind, target, f.put(f"mul i64 {panel}, {size}"))
                _transposed_panel(f, dtype, width, source, out, first)
    return f.text()


def _copied_panels(f: IRFunction, dtype: DType, width: int, source: str, target: str) -> None:
    """Copy some rows of the source into a panel, then into the next, before the next rows.

    Panels of a large factor are a multiple of a page apart: a row at a time would write every line
    to another page, and none beside the one before.
    """
    with f.loop(block_count(f, "%n1", _TOGETHER)) as block:
        start = f.put(f"mul i64 {block}, {_TOGETHER}")
        left = f.put(f"sub i64 %n1, {start}")
        count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_TOGETHER})")
        with f.loop(block_count(f, "%n0", width)) as panel, f.loop(count) as number:
            k = f.put(f"add i64 {start}, {number}")
            _copied_row(f, dtype, width, (source, target), (panel, k))


def _copied_row(
    f: IRFunction, dtype: DType, width: int, places: tuple[str, str], at: tuple[str, str]
) -> None:
    """Copy a row of a panel; `places` are source and target, `at` the panel and the row."""
    kind, lanes = type_of(dtype), vector_bytes() // dtype.itemsize
    (source, target), (panel, k) = places, at
    first = f.put(f"mul i64 {panel}, {width}")
    row = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {k}, %n2')}, {first}"))
    before = f.put(f"add i64 {f.put(f'mul i64 {panel}, %n1')}, {k}")
    out = f.at(kind, target, f.put(f"mul i64 {before}, {width}"))
    for i, mask in enumerate(lane_masks(f, lanes, width // lanes, "%n0", first)):
        value = masked_load(f, dtype, f.at(kind, row, str(i * lanes)), mask, lanes)
        f.do(f"store <{lanes} x {kind}> {value}, ptr {f.at(kind, out, str(i * lanes))}")


def _transposed_panel(
    f: IRFunction, dtype: DType, width: int, source: str, target: str, first: str
) -> None:
    """Transpose tiles of the source, whose rows are columns of the panel."""
    kind, side = type_of(dtype), side_of(dtype)
    with f.loop(block_count(f, "%n1", side)) as block, f.loop(str(-(-width // side))) as number:
        before = f.put(f"mul i64 {number}, {side}")
        column = f.put(f"add i64 {first}, {before}")
        there = f.put(f"sub i64 %n0, {column}")
        k = f.put(f"mul i64 {block}, {side}")
        left = f.put(f"sub i64 %n1, {k}")
        both = f.put(f"call i64 @llvm.smin.i64(i64 {there}, i64 {left})")
        room = f.put(f"sub i64 {width}, {before}")
        both = f.put(f"call i64 @llvm.smin.i64(i64 {both}, i64 {room})")
        fits = f.put(f"icmp sge i64 {both}, {side}")
        read = f.at(kind, source, f.put(f"add i64 {f.put(f'mul i64 {column}, %n2')}, {k}"))
        at = f.put(f"add i64 {f.put(f'mul i64 {k}, {width}')}, {before}")
        write = f.at(kind, target, at)
        with f.when(fits):
            transposed_tile(f, dtype, (read, write), ("%n2", str(width)))
        with f.when(f.put(f"xor i1 {fits}, 1")):
            deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {side})")
            wide = f.put(f"call i64 @llvm.umin.i64(i64 {room}, i64 {side})")
            _transposed_edge(f, dtype, (read, write), (there, wide, deep), width)


def _transposed_edge(
    f: IRFunction, dtype: DType, corner: tuple[str, str], extents: tuple[str, str, str], width: int
) -> None:
    """Transpose a tile at the edge element by element; columns beyond the last are zero.

    extents  the columns that exist, those of the tile, and its inner indices
    """
    kind = type_of(dtype)
    read, write = corner
    there, wide, deep = extents
    with f.loop(deep) as k, f.loop(wide) as j:
        out = f.at(kind, write, f.put(f"add i64 {f.put(f'mul i64 {k}, {width}')}, {j}"))
        f.do(f"store {kind} {literal(0, dtype)}, ptr {out}")
        with f.when(f.put(f"icmp slt i64 {j}, {there}")):
            place = f.put(f"add i64 {f.put(f'mul i64 {j}, %n2')}, {k}")
            f.do(f"store {kind} {f.load(kind, read, place)}, ptr {out}")
