"""Products of tensors over given axes, as NumPy and the Array API name them."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor, normalise_axis
from chainrule.ops.arithmetic import multiply
from chainrule.ops.contracting.einsum import einsum
from chainrule.ops.products import matmul
from chainrule.ops.rearranging.axes import ravel
from chainrule.ops.rearranging.repeating import roll

Axes = int | Sequence[int]


def tensordot(a: TensorLike, b: TensorLike, axes: int | tuple[Axes, Axes] = 2) -> Tensor:
    """Return the product of two tensors, summed over pairs of axes.

    axes     a number n: the last n axes of `a` with the first n of `b`; or the axes of `a` and
             those of `b`, in pairs
    returns  the other axes of `a`, then those of `b`

    Raises ShapeError for axes outside the tensors, or for extents that differ.
    """
    a, b = as_tensor(a), as_tensor(b)
    ours, theirs = _paired_axes(a, b, axes)
    for i, j in zip(ours, theirs, strict=True):
        if a.shape[i] != b.shape[j]:
            raise ShapeError(
                f"tensordot was asked to sum axis {i} of {a.label} with shape {a.shape} with axis "
                f"{j} of {b.label} with shape {b.shape}. Their extents must be equal."
            )
    pairs = dict(zip(theirs, ours, strict=True))
    labels = list(range(a.ndim)), [pairs.get(j, a.ndim + j) for j in range(b.ndim)]
    rest = [i for i in labels[0] if i not in ours] + [j for j in labels[1] if j >= a.ndim]
    return einsum(a, labels[0], b, labels[1], rest)


def _paired_axes(
    a: Tensor, b: Tensor, axes: int | tuple[Axes, Axes]
) -> tuple[list[int], list[int]]:
    if isinstance(axes, Sequence):
        given = [each if isinstance(each, Sequence) else (each,) for each in axes]
    else:
        count = operator.index(axes)
        given = [range(a.ndim - count, a.ndim), range(count)] if count <= a.ndim else [[], [0]]
    if len(given) != 2 or len(given[0]) != len(given[1]) or len(given[1]) > b.ndim:
        raise ShapeError(
            f"tensordot was given axes={axes!r} for {a.label} with shape {a.shape} and {b.label} "
            f"with shape {b.shape}. Give a number of axes that both have, or as many axes of the "
            "one as of the other."
        )
    ours = [normalise_axis(each, a.ndim) for each in given[0]]
    theirs = [normalise_axis(each, b.ndim) for each in given[1]]
    if len(set(ours)) < len(ours) or len(set(theirs)) < len(theirs):
        raise ShapeError(f"tensordot was given axes={axes!r}, which names one axis twice.")
    return ours, theirs


def dot(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the dot product: the sum over the last axis of `a` and the second last one of `b`.

    A vector as `b` is summed over its only axis; scalars multiply. For matrices this is `a @ b`.
    Raises ShapeError for extents that differ.
    """
    a, b = as_tensor(a), as_tensor(b)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, (-1, -1 if b.ndim == 1 else -2))


def inner(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the sum of products over the last axes of both; scalars multiply.

    Raises ShapeError for last extents that differ.
    """
    a, b = as_tensor(a), as_tensor(b)
    return multiply(a, b) if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, (-1, -1))


def vdot(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the dot product of the elements of two tensors of one size.

    Raises ShapeError for sizes that differ.
    """
    return matmul(ravel(a), ravel(b))


def kron(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the Kronecker product: every element of `a` times the whole of `b`.

    The result has the extents of `a` times those of `b`; missing first axes have extent 1.
    """
    a, b = as_tensor(a), as_tensor(b)
    ndim = max(a.ndim, b.ndim)
    ours, theirs = ((1,) * (ndim - each.ndim) + each.shape for each in (a, b))
    left = a.reshape([n for extent in ours for n in (extent, 1)])
    right = b.reshape([n for extent in theirs for n in (1, extent)])
    return (left * right).reshape([m * n for m, n in zip(ours, theirs, strict=True)])


def cross(a: TensorLike, b: TensorLike, axis: int = -1) -> Tensor:
    """Return the cross product of vectors of three elements along an axis.

    Operands broadcast. Raises ShapeError for another extent than 3.
    """
    a, b = as_tensor(a), as_tensor(b)
    for each in (a, b):
        if each.shape[normalise_axis(axis, each.ndim)] != 3:
            raise ShapeError(
                f"cross was given {each.label} with shape {each.shape}: axis {axis} must have "
                "extent 3."
            )
    return roll(a, -1, axis) * roll(b, 1, axis) - roll(a, 1, axis) * roll(b, -1, axis)
