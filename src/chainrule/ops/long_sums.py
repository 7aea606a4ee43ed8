"""Sums of NumPy arrays with a bounded error at any length.

In float32 every addition rounds by up to 6e-8 of the sum so far, so that adding 20 million ones one
by one gives 16.8 million. Here at most `SHORT` elements are added one by one, and the sums of these
blocks are added in float64 (Higham, Accuracy and stability of numerical algorithms, 2002, section
4.2). The blocks depend on the shape only.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array, DType, Shape, float32, float64

SHORT = 32
Axes = tuple[int, ...]


def total(x: Array, axes: Axes, keepdims: bool = False) -> Array:
    """Return the sum of `x` over `axes`, in the dtype of `x`."""
    count = math.prod(x.shape[axis] for axis in axes)
    if x.dtype != float32 or count <= SHORT or not x.size:
        return np.asarray(x.sum(axis=axes, keepdims=keepdims, dtype=x.dtype))
    order = tuple(int(i) for i in np.argsort([-abs(each) for each in x.strides], kind="stable"))
    lying = x.transpose(order)
    if not lying.flags.c_contiguous:
        wide = x.sum(axis=axes, keepdims=keepdims, dtype=float64)
        return np.asarray(wide, dtype=x.dtype)
    summed = _of_runs(lying, tuple(order.index(axis) for axis in axes))
    kept = summed.transpose(tuple(int(i) for i in np.argsort(order)))
    return kept if keepdims else kept.reshape([n for i, n in enumerate(x.shape) if i not in axes])


def _of_runs(x: Array, axes: Axes) -> Array:
    """Return the sum of a contiguous array with axes kept, one run of adjacent axes at a time."""
    kept = tuple(1 if axis in axes else extent for axis, extent in enumerate(x.shape))
    partial: Array = x
    for first, last in reversed(_runs(axes)):
        before, after = math.prod(x.shape[:first]), math.prod(kept[last:])
        partial = _of_run(partial.reshape(before, math.prod(x.shape[first:last]), after))
    return partial.reshape(kept).astype(x.dtype)


def _runs(axes: Axes) -> list[tuple[int, int]]:
    """Return the runs of adjacent axes, as (first, last + 1)."""
    runs: list[tuple[int, int]] = []
    for axis in sorted(axes):
        if runs and runs[-1][1] == axis:
            runs[-1] = (runs[-1][0], axis + 1)
        else:
            runs.append((axis, axis + 1))
    return runs


def _of_run(x: Array) -> Array:
    """Return the sums over the middle axis of a contiguous array of three axes."""
    before, count, after = x.shape
    if after == 1 or x.dtype != float32:  # NumPy adds contiguous rows pairwise
        return np.asarray(x.sum(axis=1))
    blocks = count // SHORT
    whole = x[:, : SHORT * blocks].reshape(before, SHORT, blocks, after).sum(axis=1)
    rest = x[:, SHORT * blocks :].sum(axis=1, dtype=float64)
    return np.asarray(whole.sum(axis=1, dtype=float64) + rest)


def running_total(x: Array, axis: int, dtype: DType) -> Array:
    """Return the cumulative sums of `x` along an axis, in `dtype`."""
    return np.cumsum(x, axis, wide(dtype)).astype(dtype, copy=False)


def wide(dtype: DType) -> DType:
    """Return the dtype for long sums of `dtype`: float64 for float32."""
    return float64 if dtype == float32 else dtype


def added_rows(rows: Array, ids: Array, size: int) -> Array:
    """Return `size` rows of zeros with `rows` added at `ids` (n,), in the dtype of `rows`."""
    sums = np.zeros((size, *rows.shape[1:]), rows.dtype)
    if rows.size:
        order = np.argsort(ids, kind="stable")
        touched, first = np.unique(ids[order], return_index=True)
        is_long = np.diff(first, append=ids.size).max() > SHORT
        inside = wide(rows.dtype) if is_long else rows.dtype
        sums[touched] += np.add.reduceat(rows[order], first, axis=0, dtype=inside)
    return sums


def added_at(shape: Shape, places: tuple[Array, ...], values: Array) -> Array:
    """Return zeros of a shape with `values` added at `places`, in the dtype of `values`."""
    sums = np.zeros(shape, wide(values.dtype))
    np.add.at(sums, places, values.astype(sums.dtype, copy=False))
    return sums.astype(values.dtype, copy=False)
