"""Binary search in sorted values, and membership."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from chainrule.graph import (
    Array,
    Batch,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    int64,
)
from chainrule.ops.rows import take, take_along_axis
from chainrule.ops.sorting.sort import sort
from chainrule.ops.where import minimum

Side = Literal["left", "right"]


def _search_infer(ordered: Tensor, values: Tensor, *, side: str) -> tuple[Shape, DType]:
    if ordered.ndim == 0 or (ordered.ndim > 1 and ordered.shape[:-1] != values.shape[:-1]):
        raise ShapeError(
            f"searchsorted was given sorted values {ordered.label} {list(ordered.shape)} and "
            f"values {values.label} {list(values.shape)}. Give sorted values of one axis, or rows "
            "of both with equal leading axes."
        )
    return values.shape, int64


def _search_numpy(ordered: Array, values: Array, *, side: Side) -> Array:
    if ordered.ndim == 1:
        return np.asarray(np.searchsorted(ordered, values, side))
    found = np.empty(values.shape, np.int64)
    for row in np.ndindex(values.shape[:-1]):
        found[row] = np.searchsorted(ordered[row], values[row], side)
    return found


def _batched_search(batch: Batch, ordered: Tensor, values: Tensor, *, side: str) -> Tensor:
    if ordered.ndim == 1 and not batch.mapped[0]:
        return apply(SEARCHSORTED, ordered, values, side=side)
    ordered, values = batch.spread((ordered, values))
    if ordered.ndim > 2:
        return apply(SEARCHSORTED, ordered, values, side=side)
    rows = values.reshape(batch.size, math.prod(values.shape[1:]))
    return apply(SEARCHSORTED, ordered, rows, side=side).reshape(values.shape)


SEARCHSORTED = declare(
    Primitive(
        name="searchsorted",
        family="rows",
        accepts="any",
        promotes=(0, 1),
        infer=_search_infer,
        numpy=_search_numpy,
        lowering="search sorted",
        vjp=(None, None),
        jvp="linear",
        jacobian="none",
        notation=Notation("searchsorted({}, {})"),
        says="gives positions, integers: no gradient passes",
        branch=_search_numpy,
        examples=(
            Example((Operand((3,)), Operand((2, 2))), {"side": "left"}),
            Example((Operand((2, 3)), Operand((2, 4))), {"side": "right"}),
            Example((Operand((0,)), Operand((2,))), {"side": "left"}),
            Example((Operand((3,)), Operand(())), {"side": "right"}),
        ),
        vmap=_batched_search,
    )
)


def searchsorted(
    x: TensorLike, values: TensorLike, side: Side = "left", sorter: TensorLike | None = None
) -> Tensor:
    """Return where `values` would be inserted in the sorted `x` so that it stays sorted.

    x        (n,) in ascending order, or (*batch, n) with rows in ascending order
    values   of any shape, or (*batch, m)
    side     "left": before equal elements; "right": after them
    sorter   ids that sort `x`, of its shape, if it is not sorted
    returns  int64 from 0 to n, of the shape of `values`

    NaN is larger than every number. There is no gradient. Raises ShapeError for leading axes that
    differ, ValueError for another side.
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted was given side={side!r}. Choose 'left' or 'right'.")
    x = as_tensor(x)
    if sorter is not None:
        x = take_along_axis(x, sorter) if x.ndim > 1 else take(x, sorter)
    return apply(SEARCHSORTED, x, values, side=side)


def bucketize(x: TensorLike, boundaries: TensorLike, right: bool = False) -> Tensor:
    """Return the bucket of each element: the number of boundaries below it.

    boundaries  (n,) in ascending order
    right       True: boundaries equal to the element count as below it
    returns     int64 from 0 to n, of the shape of `x`

    The argument `right` is that of PyTorch; that of `digitize` has the opposite meaning.
    """
    return searchsorted(boundaries, x, "right" if right else "left")


def digitize(x: TensorLike, bins: TensorLike, right: bool = False) -> Tensor:
    """Return the bin of each element: the number of bin edges that are not above it.

    bins     (n,) in ascending order
    right    True: edges equal to the element count as above it
    returns  int64 from 0 to n, of the shape of `x`
    """
    return searchsorted(bins, x, "left" if right else "right")


def isin(x: TensorLike, test: TensorLike, invert: bool = False) -> Tensor:
    """Return whether each element of `x` is in `test`, as bools.

    test     values of any shape
    invert   True: whether it is not
    returns  bools of the shape of `x`; NaN is in no set
    """
    x, test = as_tensor(x), as_tensor(test)
    if not test.size:
        return as_tensor(np.full(x.shape, bool(invert)))
    ordered = sort(test.reshape(test.size))
    place = minimum(searchsorted(ordered, x), test.size - 1)
    found = take(ordered, place)
    return found != x if invert else found == x
