"""Copies of rows of which every second element is read, or written, on CPUs with AVX-512.

Images of convolutions with stride 2 are sorted by the parity of their elements. LLVM gathers such
elements one by one; here whole vectors are read, and shuffled in registers.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.tile_sums import lanes_of
from chainrule.compile.kernels.vectors import masked_load, masked_store
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import type_of


def is_alternate(dtype: DType, read: int, write: int) -> bool:
    """Return whether a row with these strides has a copy here."""
    return {read, write} == {1, 2} and dtype.kind == "f" and blas.has_avx512()


def copy_alternate(
    f: IRFunction, dtype: DType, source: str, target: str, count: int, read: int
) -> None:
    """Copy `count` elements: every second one of the source if `read` is 2, else to every second.

    No byte between or after these elements is written, and none after them is read.
    """
    kind, lanes = type_of(dtype), lanes_of(dtype)
    for first in range(0, count, lanes):
        n = min(lanes, count - first)
        at = f.at(kind, source, str(first * read)), f.at(kind, target, str(first * (3 - read)))
        (_from_alternate if read == 2 else _to_alternate)(f, dtype, *at, n)


def _from_alternate(f: IRFunction, dtype: DType, source: str, target: str, n: int) -> None:
    """Copy every second element of at most two vectors to one."""
    lanes = lanes_of(dtype)
    low = _loaded(f, dtype, source, range(min(lanes, 2 * n - 1)))
    high = "poison"
    if 2 * n - 1 > lanes:
        at = f.at(type_of(dtype), source, str(lanes))
        high = _loaded(f, dtype, at, range(2 * n - 1 - lanes))
    value = _shuffled(
        f, dtype, (low, high), [2 * lane if lane < n else None for lane in _all(dtype)]
    )
    masked_store(f, dtype, value, target, _mask(dtype, range(n)), lanes)


def _to_alternate(f: IRFunction, dtype: DType, source: str, target: str, n: int) -> None:
    """Copy a vector to every second element of at most two."""
    lanes = lanes_of(dtype)
    value = _loaded(f, dtype, source, range(n))
    for first in range(0, 2 * n, lanes):
        order = [(first + lane) // 2 if lane % 2 == 0 else None for lane in _all(dtype)]
        part = _shuffled(f, dtype, (value, "poison"), order)
        written = range(0, min(lanes, 2 * n - 1 - first), 2)
        at = f.at(type_of(dtype), target, str(first))
        masked_store(f, dtype, part, at, _mask(dtype, written), lanes)


def _all(dtype: DType) -> range:
    """Return the lanes of a vector."""
    return range(lanes_of(dtype))


def _loaded(f: IRFunction, dtype: DType, at: str, lanes: range) -> str:
    """Load some lanes of a vector; the others are zero."""
    return masked_load(f, dtype, at, _mask(dtype, lanes), lanes_of(dtype))


def _mask(dtype: DType, chosen: range) -> str:
    """Return the mask of some lanes, as a constant."""
    return f"<{', '.join(f'i1 {int(lane in chosen)}' for lane in _all(dtype))}>"


def _shuffled(
    f: IRFunction, dtype: DType, pair: tuple[str, str], order: Sequence[int | None]
) -> str:
    """Return lanes of two vectors in a new order; None for any value."""
    vector = f"<{lanes_of(dtype)} x {type_of(dtype)}>"
    lanes = ", ".join("i32 poison" if each is None else f"i32 {each}" for each in order)
    operands = f"{vector} {pair[0]}, {vector} {pair[1]}"
    return f.put(f"shufflevector {operands}, <{lanes_of(dtype)} x i32> <{lanes}>")
