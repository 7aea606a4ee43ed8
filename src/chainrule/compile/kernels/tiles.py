"""Square tiles that are transposed in registers."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

_LINE = 64  # bytes of a cache line
_AHEAD = 4  # lines; measured


def side_of(dtype: DType) -> int:
    """Return the rows and columns of a tile; a row is a cache line or less."""
    return min(_LINE // dtype.itemsize, 16)


def transposed_tile(
    f: IRFunction,
    dtype: DType,
    corner: tuple[str, str],
    steps: tuple[str, str],
    side: int = 0,
) -> None:
    """Load the rows of a tile and store its columns as rows.

    The lines of a later tile are prefetched for writing. Loads wait for earlier stores whose
    addresses have the same last 12 bits, and such stores would wait for memory.

    corner  addresses of the first element, to load and to store
    steps   elements from one row to the next, in the source and in the target
    side    rows and columns, a power of two; 0 for the largest tile
    """
    kind, side = type_of(dtype), side or side_of(dtype)
    vector = f"<{side} x {kind}>"
    places = [
        [f.at(kind, start, f.put(f"mul i64 {step}, {i}")) for i in range(side)]
        for start, step in zip(corner, steps, strict=True)
    ]
    for at in places[1]:
        line = f.at("i8", at, str(_AHEAD * _LINE))
        f.do(f"call void @llvm.prefetch.p0(ptr {line}, i32 1, i32 3, i32 1)")
    rows = [f.put(f"load {vector}, ptr {at}, align {dtype.itemsize}") for at in places[0]]
    for row, at in zip(transposed_rows(f, vector, rows), places[1], strict=True):
        f.do(f"store {vector} {row}, ptr {at}, align {dtype.itemsize}")


def transposed_rows(f: IRFunction, vector: str, given: Sequence[str]) -> list[str]:
    """Exchange the off-diagonal quarters of the tile, then those of each quarter, and so on."""
    rows, side = list(given), len(given)
    apart = side // 2
    while apart:
        low = [c if not c & apart else side + c - apart for c in range(side)]
        high = [c + apart if not c & apart else side + c for c in range(side)]
        for i in (i for i in range(side) if not i & apart):
            pair = f"{vector} {rows[i]}, {vector} {rows[i + apart]}"
            rows[i], rows[i + apart] = (
                f.put(f"shufflevector {pair}, <{side} x i32> <{_numbers(each)}>")
                for each in (low, high)
            )
        apart //= 2
    return rows


def _numbers(mask: Sequence[int]) -> str:
    """Return a shuffle mask in LLVM's notation."""
    return ", ".join(f"i32 {each}" for each in mask)
