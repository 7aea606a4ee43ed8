"""Convolution and pooling: recipes of windows, a matrix product, a reduction."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.reducing import max, mean
from chainrule.ops.shaping import pad, permute_dims
from chainrule.ops.where import where
from chainrule.ops.windows import windows


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
    cut = windows(_padded(x, padding, n), weight.shape[2:], stride, dilation)
    places = cut.shape[2 : 2 + n]
    order = (0, *range(2, 2 + n), 1, *range(2 + n, 2 + 2 * n))
    count, fan = x.shape[0] * math.prod(places), math.prod(weight.shape[1:])
    rows = permute_dims(cut, order).reshape(count, fan)
    products = rows @ weight.reshape(weight.shape[0], fan).T
    images = products.reshape(x.shape[0], *places, weight.shape[0])
    return permute_dims(images, (0, 1 + n, *range(1, 1 + n)))


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
    cut = windows(x, size, tuple(size) if stride is None else stride)
    return max(cut, axis=tuple(range(cut.ndim - n, cut.ndim)))


def average_pool(
    x: TensorLike, size: Sequence[int], stride: int | Sequence[int] | None = None, padding: int = 0
) -> Tensor:
    """Return the mean of every window over the last axes, padding counted as zeros."""
    x = as_tensor(x)
    n = len(size)
    cut = windows(_padded(x, padding, n), size, tuple(size) if stride is None else stride)
    return mean(cut, axis=tuple(range(cut.ndim - n, cut.ndim)))


def _padded(x: Tensor, padding: int, axes: int) -> Tensor:
    if not padding:
        return x
    return pad(x, [(0, 0)] * (x.ndim - axes) + [(padding, padding)] * axes)
