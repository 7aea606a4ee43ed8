"""Bands of a transposed left factor: few of its rows, one inner index after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.vectors import (
    VECTOR_BYTES,
    block_count,
    lane_masks,
    masked_load,
    masked_store,
)
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_TOGETHER = 8  # inner indices whose elements of a band are written together, as whole vectors
_AHEAD = 2 * _TOGETHER


def write_bands(
    f: IRFunction,
    dtype: DType,
    rows: int,
    places: tuple[str, str],
    extents: tuple[str, str, str],
) -> None:
    """Copy a transposed factor into bands of `rows` rows; rows beyond the last are zero.

    places   the factor as it is stored, where its rows are columns, and the bands
    extents  rows, inner extent, elements from one inner index to the next
    """
    (source, target), (total, inner, leading) = places, extents
    kind = type_of(dtype)
    with f.loop(block_count(f, inner, _TOGETHER)) as block:
        k = f.put(f"mul i64 {block}, {_TOGETHER}")
        left = f.put(f"sub i64 {inner}, {k}")
        is_whole = f.put(f"icmp sge i64 {left}, {_TOGETHER}")
        start = f.at(kind, source, f.put(f"mul i64 {k}, {leading}"))
        out = f.at(kind, target, f.put(f"mul i64 {k}, {rows}"))
        with f.loop(block_count(f, total, rows)) as band:
            first = f.put(f"mul i64 {band}, {rows}")
            mask = lane_masks(f, _lanes_for(rows), 1, total, first)[0]
            read = f.at(kind, start, first)
            write = f.at(kind, out, f.put(f"mul i64 {first}, {inner}"))
            with f.when(is_whole):
                _write_together(f, dtype, rows, (read, write), leading, mask)
            with f.when(f.put(f"xor i1 {is_whole}, 1")), f.loop(left) as number:
                at = f.at(kind, read, f.put(f"mul i64 {number}, {leading}"))
                value = masked_load(f, dtype, at, mask, _lanes_for(rows))
                to = f.at(kind, write, f.put(f"mul i64 {number}, {rows}"))
                masked_store(f, dtype, value, to, _first_lanes(rows), _lanes_for(rows))


def _write_together(
    f: IRFunction, dtype: DType, rows: int, places: tuple[str, str], leading: str, mask: str
) -> None:
    """Copy the elements of some inner indices as whole vectors, and fetch later ones."""
    kind, lanes = type_of(dtype), VECTOR_BYTES // dtype.itemsize
    read, write = places
    ahead = f.at(kind, read, f.put(f"mul i64 {_AHEAD}, {leading}"))
    values = []
    for number in range(_TOGETHER):
        step = f.put(f"mul i64 {number}, {leading}")
        f.prefetch(f.at(kind, ahead, step), near=False)
        values.append(masked_load(f, dtype, f.at(kind, read, step), mask, _lanes_for(rows)))
    for number, value in enumerate(_joined(f, dtype, rows, values)):
        at = f.at(kind, write, str(number * lanes))
        f.do(f"store <{lanes} x {kind}> {value}, ptr {at}, align {dtype.itemsize}")


def _joined(f: IRFunction, dtype: DType, rows: int, values: Sequence[str]) -> Iterator[str]:
    """Yield the first lanes of all values, one after the other, as whole vectors."""
    kind, lanes, given = type_of(dtype), VECTOR_BYTES // dtype.itemsize, _lanes_for(rows)
    wide = max(lanes, given)
    vector = f"<{wide} x {kind}>"
    widened = [_with_lanes(f, kind, each, given, wide) for each in values]
    for first in range(0, len(values) * rows, lanes):
        sources = [divmod(first + lane, rows) for lane in range(lanes)]
        joined = "poison"
        for number in sorted({each for each, _ in sources}):
            picked = [wide + n if each == number else i for i, (each, n) in enumerate(sources)]
            mask = _numbers([*picked, *range(lanes, wide)])
            operands = f"{vector} {joined}, {vector} {widened[number]}"
            joined = f.put(f"shufflevector {operands}, <{wide} x i32> <{mask}>")
        yield _with_lanes(f, kind, joined, wide, lanes)


def _with_lanes(f: IRFunction, kind: str, value: str, given: int, wanted: int) -> str:
    """Return a vector with more lanes, of which the last repeat one, or with fewer."""
    if given == wanted:
        return value
    mask = _numbers([min(i, given - 1) for i in range(wanted)])
    operands = f"<{given} x {kind}> {value}, <{given} x {kind}> poison"
    return f.put(f"shufflevector {operands}, <{wanted} x i32> <{mask}>")


def _lanes_for(rows: int) -> int:
    """Return the lanes of a vector that holds an element of every row: a power of two."""
    return 1 << (rows - 1).bit_length()


def _first_lanes(rows: int) -> str:
    """Return the mask of the lanes that hold an element of a row."""
    return f"<{', '.join(f'i1 {int(i < rows)}' for i in range(_lanes_for(rows)))}>"


def _numbers(mask: Sequence[int]) -> str:
    """Return a shuffle mask in LLVM's notation."""
    return ", ".join(f"i32 {each}" for each in mask)
