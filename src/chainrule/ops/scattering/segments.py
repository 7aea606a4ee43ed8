"""Reductions of segments: of the rows that have one id."""

from __future__ import annotations

from typing import Literal

import numpy as np

from chainrule.graph import Tensor, TensorLike, UnboundInputError, as_tensor
from chainrule.ops.rows import add_rows
from chainrule.ops.scattering.scatter import neutral_element, scatter


def _size(name: str, ids: Tensor, size: int | None) -> int:
    """Return the number of segments: as given, or the largest id + 1."""
    if size is not None:
        return size
    if not ids.known:
        raise UnboundInputError(
            f"{name} was given ids without a value and no number of segments, so that the shape of "
            "its result is not known while the graph is built. Give num_segments=."
        )
    return int(ids.peek().max(initial=-1)) + 1


def segment_sum(data: TensorLike, ids: TensorLike, num_segments: int | None = None) -> Tensor:
    """Return the sums of the rows of `data` with equal ids; 0 for a segment without rows.

    data          (n, *row)
    ids           (n,), integers from 0 to num_segments - 1, in any order
    num_segments  the largest id + 1 unless given; a compiled function needs it
    returns       (num_segments, *row), in the dtype of `data`

    Raises RangeError for an id outside, UnboundInputError where the number is needed.
    """
    ids = as_tensor(ids)
    return add_rows(data, ids, _size("segment_sum", ids, num_segments))


def segment_mean(data: TensorLike, ids: TensorLike, num_segments: int | None = None) -> Tensor:
    """Return the means of the rows of `data` with equal ids; 0 for a segment without rows.

    Arguments and errors are those of `segment_sum`.
    """
    return _segments("segment_mean", data, ids, num_segments, "mean")


def segment_prod(data: TensorLike, ids: TensorLike, num_segments: int | None = None) -> Tensor:
    """Return the products of the rows of `data` with equal ids; 1 for a segment without rows.

    Arguments and errors are those of `segment_sum`.
    """
    return _segments("segment_prod", data, ids, num_segments, "prod")


def segment_max(data: TensorLike, ids: TensorLike, num_segments: int | None = None) -> Tensor:
    """Return the largest elements of rows with equal ids; the lowest number without rows.

    Arguments and errors are those of `segment_sum`. The lowest number is -inf for floats. Equal
    extrema share the gradient evenly, as in JAX.
    """
    return _segments("segment_max", data, ids, num_segments, "max")


def segment_min(data: TensorLike, ids: TensorLike, num_segments: int | None = None) -> Tensor:
    """Return the smallest elements of rows with equal ids; the largest number without rows.

    Arguments, gradient and errors are those of `segment_max`.
    """
    return _segments("segment_min", data, ids, num_segments, "min")


def _segments(
    name: str,
    data: TensorLike,
    ids: TensorLike,
    size: int | None,
    reduce: Literal["mean", "prod", "max", "min"],
) -> Tensor:
    data, ids = as_tensor(data), as_tensor(ids)
    shape = (_size(name, ids, size), *data.shape[1:])
    start = np.full(shape, neutral_element("add" if reduce == "mean" else reduce, data.dtype))
    columns = ids.reshape(*ids.shape, *(1,) * (data.ndim - ids.ndim))
    return scatter(start, columns, data, 0, reduce, include_self=reduce != "mean")
