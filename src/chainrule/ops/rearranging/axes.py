"""Other orders and numbers of axes."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor, normalise_axis
from chainrule.ops.shaping import broadcast_to, flip, permute_dims

Axes = int | Sequence[int]


def moveaxis(x: TensorLike, source: Axes, destination: Axes) -> Tensor:
    """Return `x` with axes moved to other positions; the other axes keep their order.

    source       an axis, or several
    destination  the position of each in the result

    Raises ShapeError for an axis outside `x`, for one given twice, or for other counts.
    """
    x = as_tensor(x)
    moved, to = _axes_of(x, source), _axes_of(x, destination)
    if len(moved) != len(to) or len(set(moved)) < len(moved) or len(set(to)) < len(to):
        raise ShapeError(
            f"moveaxis was asked to move the axes {source} of {x.label} with shape {x.shape} to "
            f"{destination}. Name as many positions as axes, each once."
        )
    order = [axis for axis in range(x.ndim) if axis not in moved]
    for position, axis in sorted(zip(to, moved, strict=True)):
        order.insert(position, axis)
    return _permuted(x, order)


def _axes_of(x: Tensor, axes: Axes) -> list[int]:
    given = axes if isinstance(axes, Sequence) else (axes,)
    return [normalise_axis(each, x.ndim) for each in given]


def _permuted(x: Tensor, order: Sequence[int]) -> Tensor:
    return x if list(order) == list(range(x.ndim)) else permute_dims(x, order)


def swapaxes(x: TensorLike, axis1: int, axis2: int) -> Tensor:
    """Return `x` with two axes exchanged.

    Raises ShapeError for an axis outside `x`.
    """
    x = as_tensor(x)
    first, second = normalise_axis(axis1, x.ndim), normalise_axis(axis2, x.ndim)
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return _permuted(x, order)


def matrix_transpose(x: TensorLike) -> Tensor:
    """Return the transpose of matrices: `x` with its last two axes exchanged, `x.mT`.

    Raises ShapeError for fewer than two axes.
    """
    return as_tensor(x).mT


def rot90(x: TensorLike, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Return `x` rotated by `k` quarter turns, from the first of two axes towards the second.

    Raises ShapeError unless two different axes are given.
    """
    x = as_tensor(x)
    first, second = pair = _axes_of(x, tuple(axes)) if len(axes) == 2 else (0, 0)
    if first == second:
        raise ShapeError(f"rot90 was given the axes {tuple(axes)}. Give two different axes.")
    turns = operator.index(k) % 4
    if turns % 2:
        return swapaxes(flip(x, second if turns == 1 else first), first, second)
    return flip(x, tuple(pair)) if turns else x


def flipud(x: TensorLike) -> Tensor:
    """Return `x` with its first axis in reverse order."""
    return flip(x, 0)


def fliplr(x: TensorLike) -> Tensor:
    """Return `x` with its second axis in reverse order."""
    return flip(x, 1)


def ravel(x: TensorLike) -> Tensor:
    """Return the elements of `x`, in order, as a vector."""
    x = as_tensor(x)
    return x.reshape(x.size)


def flatten(x: TensorLike, start_axis: int = 0, end_axis: int = -1) -> Tensor:
    """Return `x` with the axes from `start_axis` to `end_axis`, both included, merged into one.

    Raises ShapeError for an axis outside `x`, or an end before the start.
    """
    x = as_tensor(x)
    if x.ndim == 0:
        return x.reshape(1)
    start, end = normalise_axis(start_axis, x.ndim), normalise_axis(end_axis, x.ndim)
    if start > end:
        raise ShapeError(
            f"flatten was asked for the axes from {start} to {end} of {x.label} with shape "
            f"{x.shape}. The end cannot lie before the start."
        )
    merged = math.prod(x.shape[start : end + 1])
    return x.reshape(*x.shape[:start], merged, *x.shape[end + 1 :])


def unflatten(x: TensorLike, axis: int, shape: Sequence[int]) -> Tensor:
    """Return `x` with one axis divided into several of the extents `shape`; one may be -1.

    Raises ShapeError if their product is not the extent of the axis.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    extents = list(map(operator.index, shape))
    known = math.prod(each for each in extents if each != -1)
    if extents.count(-1) == 1 and known and x.shape[axis] % known == 0:
        extents[extents.index(-1)] = x.shape[axis] // known
    if not extents or min(extents) < 0 or math.prod(extents) != x.shape[axis]:
        raise ShapeError(
            f"unflatten was asked to divide axis {axis} of {x.label} with shape {x.shape} into "
            f"{tuple(shape)}. The product of the extents must be {x.shape[axis]}; one may be -1."
        )
    return x.reshape(*x.shape[:axis], *extents, *x.shape[axis + 1 :])


def broadcast_arrays(*arrays: TensorLike) -> list[Tensor]:
    """Return tensors broadcast to their common shape by NumPy's rules.

    Raises ShapeError if they do not broadcast.
    """
    tensors = [as_tensor(each) for each in arrays]
    try:
        shape = np.broadcast_shapes(*(each.shape for each in tensors))
    except ValueError:
        raise ShapeError(
            f"broadcast_arrays was given the shapes {', '.join(str(e.shape) for e in tensors)}: "
            "aligned from the end, their extents must be equal or 1."
        ) from None
    return [broadcast_to(each, shape) for each in tensors]


def atleast_1d(x: TensorLike) -> Tensor:
    """Return `x`, a scalar as a vector of one element."""
    x = as_tensor(x)
    return x if x.ndim else x.reshape(1)


def atleast_2d(x: TensorLike) -> Tensor:
    """Return `x` with at least two axes: a vector becomes a row."""
    x = as_tensor(x)
    return x if x.ndim > 1 else x.reshape(1, x.size)


def atleast_3d(x: TensorLike) -> Tensor:
    """Return `x` with at least three axes: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1)."""
    x = atleast_2d(x)
    return x if x.ndim > 2 else x.reshape(*x.shape, 1)
