"""Tensors joined into one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.creating.grids import meshgrid
from chainrule.ops.rearranging.axes import atleast_1d, atleast_2d, atleast_3d
from chainrule.ops.shaping import concat, pad, stack


def hstack(tensors: Sequence[TensorLike]) -> Tensor:
    """Return tensors joined along the second axis; vectors and scalars along the only one.

    Raises ShapeError for an empty list, or if other extents differ.
    """
    joined = [atleast_1d(each) for each in tensors]
    return concat(joined, 0 if joined and joined[0].ndim == 1 else 1)


def vstack(tensors: Sequence[TensorLike]) -> Tensor:
    """Return tensors joined along the first axis; vectors are rows.

    Raises ShapeError for an empty list, or if other extents differ.
    """
    return concat([atleast_2d(each) for each in tensors], 0)


def dstack(tensors: Sequence[TensorLike]) -> Tensor:
    """Return tensors joined along the third axis, with axes as `atleast_3d` adds them.

    Raises ShapeError for an empty list, or if other extents differ.
    """
    return concat([atleast_3d(each) for each in tensors], 2)


def column_stack(tensors: Sequence[TensorLike]) -> Tensor:
    """Return vectors and matrices joined along the second axis; vectors are columns.

    Raises ShapeError for an empty list, or if other extents differ.
    """
    given = [as_tensor(each) for each in tensors]
    return concat([each.reshape(each.size, 1) if each.ndim < 2 else each for each in given], 1)


def block_diag(*matrices: TensorLike) -> Tensor:
    """Return a matrix with matrices on its diagonal and zeros elsewhere; vectors are rows.

    Raises ShapeError for an operand with more than two axes.
    """
    blocks = [atleast_2d(each) for each in matrices]
    for each in blocks:
        if each.ndim > 2:
            raise ShapeError(
                f"block_diag was given {each.label} with shape {each.shape}. Give matrices."
            )
    columns, start, rows = sum(each.shape[1] for each in blocks), 0, []
    for each in blocks:
        after = columns - start - each.shape[1]
        rows.append(pad(each, [(0, 0), (start, after)]))
        start += each.shape[1]
    return concat(rows, 0)


def cartesian_prod(*vectors: TensorLike) -> Tensor:
    """Return all combinations of elements of vectors, one per row; the last varies fastest.

    returns  (m n ..., number of vectors); of one vector, the vector

    Raises ShapeError for an operand that is no vector.
    """
    if len(vectors) == 1:
        return atleast_1d(vectors[0])
    grids = meshgrid(*vectors, indexing="ij")
    return stack([each.reshape(math.prod(each.shape)) for each in grids], 1)
