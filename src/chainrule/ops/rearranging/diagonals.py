"""Diagonals of matrices, and matrices with a given diagonal."""

from __future__ import annotations

import operator

from chainrule.graph import ShapeError, Tensor, TensorLike, apply, as_tensor, normalise_axis
from chainrule.ops.rearranging.axes import moveaxis, ravel
from chainrule.ops.shaping import PAD


def diagonal(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return a diagonal of the matrices on two axes of `x`, as the last axis of the result.

    offset        0 for the main diagonal, above 0 for one above it
    axis1, axis2  the axes of rows and columns

    Raises ShapeError for fewer than two axes, or for one axis given twice.
    """
    x = _with_matrices("diagonal", x)
    rows, columns = _two_axes("diagonal", x.ndim, axis1, axis2)
    offset = operator.index(offset)
    if rows > columns:
        rows, columns, offset = columns, rows, -offset
    x = moveaxis(x, columns, rows + 1)
    start, length = _place(x.shape[rows], x.shape[rows + 1], offset)
    width = x.shape[rows + 1]
    flat = x.reshape(*x.shape[:rows], x.shape[rows] * width, *x.shape[rows + 2 :])
    stop = start + (length - 1) * (width + 1) + 1 if length else start
    return moveaxis(flat[(*(slice(None),) * rows, slice(start, stop, width + 1))], rows, -1)


def _place(rows: int, columns: int, offset: int) -> tuple[int, int]:
    """Return the flat position of the first element of a diagonal, and its length."""
    first_row, first_column = max(-offset, 0), max(offset, 0)
    length = max(min(rows - first_row, columns - first_column), 0)
    return (first_row * columns + first_column if length else 0), length


def _with_matrices(function: str, x: TensorLike) -> Tensor:
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            f"{function} was called on {x.label} with shape {x.shape}; it needs at least two axes."
        )
    return x


def _two_axes(function: str, ndim: int, axis1: int, axis2: int) -> tuple[int, int]:
    first, second = normalise_axis(axis1, ndim), normalise_axis(axis2, ndim)
    if first == second:
        raise ShapeError(f"{function} was given the axes {axis1} and {axis2}, which are one axis.")
    return first, second


def diag_embed(x: TensorLike, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Tensor:
    """Return square matrices of zeros with the last axis of `x` on a diagonal.

    x             (..., n)
    offset        0 for the main diagonal, above 0 for one above it
    axis1, axis2  the axes of rows and columns in the result
    returns       (..., n + |offset|, n + |offset|)

    Raises ShapeError for a scalar, or for one axis given twice.
    """
    x, offset = as_tensor(x), operator.index(offset)
    if x.ndim == 0:
        raise ShapeError(f"diag_embed was called on {x.label}, a scalar. Give a vector.")
    pair = _two_axes("diag_embed", x.ndim + 1, axis1, axis2)
    side, lead = x.shape[-1] + abs(offset), x.shape[:-1]
    start, _ = _place(side, side, offset)
    starts, steps = (*(0 for _ in lead), start), (*(1 for _ in lead), side + 1)
    flat = apply(PAD, x, shape=(*lead, side * side), starts=starts, steps=steps)
    return moveaxis(flat.reshape(*lead, side, side), (-2, -1), pair)


def diag(x: TensorLike, k: int = 0) -> Tensor:
    """Return the diagonal `k` of a matrix, or the matrix with a vector on its diagonal `k`.

    Raises ShapeError for other numbers of axes.
    """
    x = as_tensor(x)
    if x.ndim not in (1, 2):
        raise ShapeError(
            f"diag was given {x.label} with shape {x.shape}. Give a vector or a matrix; for "
            "batches use cr.diagonal and cr.diag_embed."
        )
    return diag_embed(x, k) if x.ndim == 1 else diagonal(x, k)


def diagflat(x: TensorLike, k: int = 0) -> Tensor:
    """Return the matrix with the elements of `x`, in order, on its diagonal `k`."""
    return diag_embed(ravel(x), k)


def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the sum of a diagonal of the matrices on two axes of `x`.

    offset        0 for the main diagonal, above 0 for one above it
    axis1, axis2  the axes of rows and columns

    Raises ShapeError for fewer than two axes, or for one axis given twice.
    """
    return diagonal(_with_matrices("trace", x), offset, axis1, axis2).sum(-1)
