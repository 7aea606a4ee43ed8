"""Matrices of ones on a diagonal, triangles of matrices, and grids of coordinates."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule.graph import (
    ChainruleError,
    Constant,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    float64,
)
from chainrule.graph.device import require_cpu
from chainrule.ops.creating.constants import dtype_of, shape_of
from chainrule.ops.shaping import broadcast_to
from chainrule.ops.where import where


def eye(
    n_rows: int,
    n_cols: int | None = None,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Return a matrix of ones on a diagonal and zeros elsewhere, as a constant.

    n_cols  the number of columns, that of the rows unless given
    k       the diagonal: 0 for the main diagonal, above 0 for one above it
    dtype   float64 unless given
    device  None or "cpu"

    Raises ShapeError for a negative extent.
    """
    require_cpu(device)
    rows, columns = shape_of("eye", (n_rows, n_rows if n_cols is None else n_cols))
    return Constant(np.eye(rows, columns, operator.index(k), dtype_of(dtype, float64)))


def tril(x: TensorLike, k: int = 0) -> Tensor:
    """Return the lower triangle of matrices: elements above diagonal `k` are 0.

    x  (..., rows, columns)
    k  0 for the main diagonal, above 0 for one above it

    Raises ShapeError for fewer than two axes.
    """
    x = as_tensor(x)
    return where(_triangle("tril", x, k), x, as_tensor(0, x.dtype))


def triu(x: TensorLike, k: int = 0) -> Tensor:
    """Return the upper triangle of matrices: elements below diagonal `k` are 0.

    x  (..., rows, columns)
    k  0 for the main diagonal, above 0 for one above it

    Raises ShapeError for fewer than two axes.
    """
    x = as_tensor(x)
    return where(_triangle("triu", x, k - 1), as_tensor(0, x.dtype), x)


def _triangle(function: str, x: Tensor, k: int) -> Tensor:
    """Return a mask of the elements on and below diagonal `k` of the matrices in `x`."""
    if x.ndim < 2:
        raise ShapeError(
            f"{function} was called on {x.label} with shape {x.shape}; it needs matrices, "
            "which have at least two axes."
        )
    rows, columns = x.shape[-2:]
    return Constant(np.tri(rows, columns, operator.index(k), np.bool_))


def meshgrid(*arrays: TensorLike, indexing: str = "xy") -> list[Tensor]:
    """Return the coordinates of a grid: one tensor per vector, all of the shape of the grid.

    arrays    vectors, or numbers
    indexing  "xy": the first two axes of the grid are exchanged, so that columns follow the first
              vector; "ij": axis i follows vector i

    Raises ShapeError for operands with several axes.
    """
    if indexing not in ("xy", "ij"):
        raise ChainruleError(f"meshgrid was given indexing={indexing!r}. Choose 'xy' or 'ij'.")
    vectors = [as_tensor(each) for each in arrays]
    axes = list(range(len(vectors)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    shape = [1] * len(vectors)
    for each, axis in zip(vectors, axes, strict=True):
        if each.ndim > 1:
            raise ShapeError(
                f"meshgrid was given {each.label} with shape {each.shape}. Give vectors."
            )
        shape[axis] = each.size
    alone = [[n if i == axis else 1 for i, n in enumerate(shape)] for axis in axes]
    return [
        broadcast_to(each.reshape(one), shape) for each, one in zip(vectors, alone, strict=True)
    ]
