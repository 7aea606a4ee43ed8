"""Unique elements. Shapes depend on values, so that these functions need them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.graph import Tensor, TensorLike, apply, as_tensor
from chainrule.ops.index_positions import TRUE_POSITIONS
from chainrule.ops.reducing import cumulative_sum
from chainrule.ops.rows import add_along_axis, take
from chainrule.ops.shaping import concat
from chainrule.ops.sorting.positions import known_count
from chainrule.ops.sorting.sort import argsort


class UniqueAll(NamedTuple):
    """The result of `unique_all`."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """The result of `unique_counts`."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """The result of `unique_inverse`."""

    values: Tensor
    inverse_indices: Tensor


def unique_all(x: TensorLike) -> UniqueAll:
    """Return the unique elements of `x`, and where and how often they occur.

    values           (count,) in ascending order, in the dtype of `x`
    indices          (count,), the position of the first such element in the flattened `x`
    inverse_indices  of the shape of `x`, the position of each element in `values`
    counts           (count,), how often each value occurs

    Every NaN is a value of its own. The gradient goes to the first of equal elements. Raises
    UnboundInputError in a compiled function, where the count is not known.
    """
    return _unique("unique_all", x)


def unique_counts(x: TensorLike) -> UniqueCounts:
    """Return the unique elements of `x` and their counts, as `unique_all` does."""
    found = _unique("unique_counts", x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: TensorLike) -> UniqueInverse:
    """Return the unique elements of `x` and the place of each element, as `unique_all` does."""
    found = _unique("unique_inverse", x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: TensorLike) -> Tensor:
    """Return the unique elements of `x` in ascending order, as `unique_all` does."""
    return _unique("unique_values", x).values


def _unique(name: str, x: TensorLike) -> UniqueAll:
    x = as_tensor(x)
    flat = x.reshape(x.size)
    order = argsort(flat)
    ordered = take(flat, order)
    starts = concat([np.ones(min(x.size, 1), bool), ordered[1:] != ordered[:-1]])
    count = known_count(name, starts, "use cr.sort and cr.searchsorted, which keep the shape")
    first = apply(TRUE_POSITIONS, starts, count=count)
    number = cumulative_sum(starts.astype("int64")) - 1
    return UniqueAll(
        values=take(ordered, first),
        indices=take(order, first),
        inverse_indices=add_along_axis(number, order, x.size).reshape(x.shape),
        counts=concat([first[1:], np.full(min(x.size, 1), x.size)]) - first,
    )
