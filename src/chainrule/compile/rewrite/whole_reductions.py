"""Rewrite rules for reductions of a whole tensor, as reductions of rows whose results are reduced.

Rows are divided between two threads, and the position of an extreme is searched in one row only.
"""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.graph import Tensor, apply
from chainrule.ops import max as max_of
from chainrule.ops import min as min_of
from chainrule.ops import take

_LARGE = 1 << 17
FEW = (*range(16, 64, 2), *range(64, 1024), *range(63, 15, -2))
"""Numbers of rows, the best first: few, since the lanes of every row are combined in the end."""
MANY = (*range(64, 1024), *range(63, 15, -1))
"""The same where a row is searched once more, and is therefore a small part."""


def reduction_of_rows(node: Tensor) -> Tensor | None:
    """max(x) over all axes -> max over rows of (max of a row); min and sums of integers alike."""
    (x,) = node.inputs
    if node.size != 1 or (node.kind == "sum" and node.dtype.kind == "f"):
        return None
    rows = in_rows(x, FEW)
    if rows is None:
        return None
    assert node.primitive is not None
    first = apply(node.primitive, rows, axis=(1,), keepdims=False)
    return apply(node.primitive, first, axis=(0,), keepdims=False).reshape(node.shape)


def position_in_rows(node: Tensor) -> Tensor | None:
    """argmax(x) over all elements -> the first row r with the largest maximum, argmax(row r)."""
    (x,) = node.inputs
    rows = in_rows(x) if node.size == 1 else None
    if rows is None:
        return None
    assert node.primitive is not None
    extreme = max_of(rows, axis=1) if node.kind == "argmax" else min_of(rows, axis=1)
    row = apply(node.primitive, extreme, axis=0, keepdims=False)
    place = apply(node.primitive, take(rows, row, axis=0), axis=0, keepdims=False)
    return (row * rows.shape[1] + place).reshape(node.shape)


def in_rows(x: Tensor, counts: Iterable[int] = MANY) -> Tensor | None:
    """Return a large tensor as rows of one length, None if there are no such rows."""
    fitting = (each for each in counts if x.size % each == 0)
    count = next(fitting, None) if x.size >= _LARGE else None
    return None if count is None else x.reshape(count, x.size // count)
