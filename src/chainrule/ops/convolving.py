"""Convolution and pooling: recipes of windows, a matrix product, a reduction."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.reducing import max, mean
from chainrule.ops.shaping import pad
from chainrule.ops.where import where
from chainrule.ops.windows import windows, windows_shape


def convolve(
    x: TensorLike,
    weight: TensorLike,
    stride: int | Sequence[int] = 1,
    padding: int = 0,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Return the cross-correlation of images with kernels, as deep learning calls convolution.

    x        (batch, channels, *extents)
    weight   (kernels, channels, *sizes)
    padding  zeros added at both ends of every extent
    returns  (batch, kernels, *places)

    Raises ShapeError if channels or numbers of axes differ, or if no window fits.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if x.ndim != weight.ndim or x.ndim < 3 or x.shape[1] != weight.shape[1]:
        raise ShapeError(
            f"convolve was given images {list(x.shape)} and kernels {list(weight.shape)}. They are "
            "(batch, channels, ...) and (kernels, channels, ...) with equal channels and axes."
        )
    n = x.ndim - 2
    cut = _unfolded(_padded(x, padding, n), weight.shape[2:], stride, dilation)
    fan, places = math.prod(weight.shape[1:]), cut.shape[2 + n :]
    columns = cut.reshape(x.shape[0], fan, math.prod(places))
    products = weight.reshape(weight.shape[0], fan) @ columns
    return products.reshape(x.shape[0], weight.shape[0], *places)


def max_pool(
    x: TensorLike, size: Sequence[int], stride: int | Sequence[int] | None = None, padding: int = 0
) -> Tensor:
    """Return the largest element of every window over the last axes; windows do not overlap
    unless `stride` says so; padding never wins."""
    x = as_tensor(x)
    n = len(size)
    if padding:
        inside = _padded(as_tensor(np.ones(x.shape, bool)), padding, n)
        x = where(inside, _padded(x, padding, n), float("-inf"))
    cut = _unfolded(x, size, tuple(size) if stride is None else stride)
    return max(cut, axis=tuple(range(cut.ndim - 2 * n, cut.ndim - n)))


def average_pool(
    x: TensorLike, size: Sequence[int], stride: int | Sequence[int] | None = None, padding: int = 0
) -> Tensor:
    """Return the mean of every window over the last axes, padding counted as zeros."""
    x = as_tensor(x)
    n = len(size)
    cut = _unfolded(_padded(x, padding, n), size, tuple(size) if stride is None else stride)
    return mean(cut, axis=tuple(range(cut.ndim - 2 * n, cut.ndim - n)))


def _unfolded(
    x: Tensor,
    size: Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Return the windows of `x` with their elements first: (..., *size, *places).

    They are windows again, with the parts exchanged: all places of one element of the windows are
    themselves a window, as wide as there are places, whose elements are `stride` apart; and one
    such window begins `dilation` after the other. What stands beside each other in `x` then stays
    beside each other. What no window reaches at the end is cut off before.
    """
    asked = windows_shape(x, size, stride, dilation)
    reached = tuple(
        slice((places - 1) * step + (count - 1) * apart + 1)
        for places, step, count, apart in zip(
            asked.places, asked.stride, asked.size, asked.dilation, strict=True
        )
    )
    return windows(x[(..., *reached)], asked.places, asked.dilation, asked.stride)


def _padded(x: Tensor, padding: int, axes: int) -> Tensor:
    if not padding:
        return x
    return pad(x, [(0, 0)] * (x.ndim - axes) + [(padding, padding)] * axes)
