"""Convolution and pooling, composed of sliding windows, matrix products and reductions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.padding import Padding, bordered, padded, padding_pairs
from chainrule.ops.reducing import max, mean
from chainrule.ops.windows import per_axis, windows, windows_shape


def convolve(
    x: TensorLike,
    weight: TensorLike,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Return the cross-correlation of images with kernels, as deep learning calls convolution.

    x         (batch, channels, *extents)
    weight    (kernels, channels / groups, *sizes)
    stride    the step between windows
    dilation  the step between the elements of a window
    padding   zeros around the extents: a number, one per axis, a pair (before, after) per axis,
              "valid" for none, or "same" for places equal to the extents
    groups    the number of groups of channels and kernels; a kernel reads the channels of its group
    returns   (batch, kernels, *places), places = (extent + padding - dilation (size - 1) - 1)
              // stride + 1

    Raises ShapeError if channels or numbers of axes differ, or if no window fits.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    _require_fit(x, weight, groups)
    sizes, n = weight.shape[2:], weight.ndim - 2
    pairs = padding_pairs(padding, sizes, per_axis(stride, n), per_axis(dilation, n))
    cut = _unfolded(padded(x, pairs), sizes, stride, dilation)
    fan, places = math.prod(weight.shape[1:]), cut.shape[2 + n :]
    parts = (groups,) if groups > 1 else ()
    columns = cut.reshape(x.shape[0], *parts, fan, math.prod(places))
    products = weight.reshape(*parts, weight.shape[0] // groups, fan) @ columns
    return products.reshape(x.shape[0], weight.shape[0], *places)


def max_pool(
    x: TensorLike,
    size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
) -> Tensor:
    """Return the maximum of every window over the last axes, in the dtype of `x`.

    x        (batch, channels, *extents)
    size     extents of a window; a number is the extent along all axes but the first two
    stride   the step between windows; `size` unless given
    padding  as in `convolve`; padded elements are never the maximum and receive no gradient
    returns  (batch, channels, *places)

    Of equal elements the first receives the gradient. Raises ShapeError if no window fits, or if a
    window could hold padding alone.
    """
    x = as_tensor(x)
    size = per_axis(size, x.ndim - 2)
    n, steps = len(size), size if stride is None else stride
    pairs = padding_pairs(padding, size, per_axis(steps, n), (1,) * n)
    if any(n >= extent for pair, extent in zip(pairs, size, strict=True) for n in pair):
        raise ShapeError(
            f"max_pool was given padding {padding} for windows of size {size}: a window could lie "
            "in the padding alone, which has no largest element. Use less padding."
        )
    cut = _unfolded(bordered(x, pairs), size, steps)
    return max(cut, axis=tuple(range(cut.ndim - 2 * n, cut.ndim - n)))


def average_pool(
    x: TensorLike,
    size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
) -> Tensor:
    """Return the mean of every window over the last axes, with padding counted as zeros.

    x, size, stride, padding  as in `max_pool`
    returns                   (batch, channels, *places), floating-point

    Raises ShapeError if no window fits.
    """
    x = as_tensor(x)
    size = per_axis(size, x.ndim - 2)
    n, steps = len(size), size if stride is None else stride
    pairs = padding_pairs(padding, size, per_axis(steps, n), (1,) * n)
    cut = _unfolded(padded(x, pairs), size, steps)
    return mean(cut, axis=tuple(range(cut.ndim - 2 * n, cut.ndim - n)))


def _require_fit(x: Tensor, weight: Tensor, groups: int) -> None:
    if groups < 1 or weight.ndim < 1 or weight.shape[0] % groups:
        raise ShapeError(
            f"convolve was asked for {groups} groups of the kernels {list(weight.shape)}. Their "
            "first extent must be a multiple of the number of groups, which is 1 or more."
        )
    if x.ndim != weight.ndim or x.ndim < 3 or x.shape[1] != weight.shape[1] * groups:
        grouped = "" if groups == 1 else f" in {groups} groups"
        raise ShapeError(
            f"convolve was given images {list(x.shape)} and kernels {list(weight.shape)}{grouped}. "
            "They are (batch, channels, ...) and (kernels, channels / groups, ...) with equal "
            "channels and axes."
        )


def _unfolded(
    x: Tensor,
    size: Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Return the windows of `x` with their elements first: (..., *size, *places).

    These are windows with exchanged roles: the places of one element form a window of extent
    `places`, with dilation `stride`, and consecutive elements are `dilation` apart. Elements that
    are adjacent in `x` stay adjacent. Elements at the end that no window reaches are cut off.
    """
    asked = windows_shape(x, size, stride, dilation)
    reached = tuple(
        slice((places - 1) * step + (count - 1) * apart + 1)
        for places, step, count, apart in zip(
            asked.places, asked.stride, asked.size, asked.dilation, strict=True
        )
    )
    return windows(x[(..., *reached)], asked.places, asked.dilation, asked.stride)
