"""Lookups and scatters of a batch: each example has ids, or a table, of its own."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Batch, Tensor


def batched_take(batch: Batch, x: Tensor, ids: Tensor, *, axis: int) -> Tensor:
    """Return the entries of `x` at `ids` along `axis`, for every example."""
    if batch.mapped == (True, False):
        return x._gate("take", x, ids, axis=axis + 1)
    if batch.mapped == (False, True):
        return _moved(x._gate("take", x, ids, axis=axis), axis, 1, 0)
    size, table = x.shape[axis + 1], _moved(x, axis + 1, 1, 1)
    flat = table.reshape(batch.size * size, *table.shape[2:])
    found = flat._gate("take", flat, _in_own_table(ids, size), axis=0)
    return _moved(found, 1, ids.ndim - 1, axis + 1)


def batched_add_rows(batch: Batch, rows: Tensor, ids: Tensor, *, size: int, axis: int) -> Tensor:
    """Return zeros with `rows` added at `ids` along `axis`, for every example."""
    if not batch.mapped[1]:
        return rows._gate("add_rows", rows, ids, size=size, axis=axis + 1)
    rows = rows if batch.mapped[0] else batch.repeated(rows)
    lines = _moved(rows, axis + 1, ids.ndim - 1, 1)
    own = _in_own_table(ids, size)
    sums = lines._gate("add_rows", lines, own, size=batch.size * size, axis=0)
    return _moved(sums.reshape(batch.size, size, *sums.shape[1:]), 1, 1, axis + 1)


def _in_own_table(ids: Tensor, size: int) -> Tensor:
    """Return ids into the tables of all examples, joined; raise RangeError for an id outside."""
    checked = ids._gate("take", np.arange(size), ids, axis=0)
    first = np.arange(ids.shape[0]).reshape(-1, *(1,) * (ids.ndim - 1))
    return checked + first * size


def _moved(x: Tensor, axis: int, count: int, target: int) -> Tensor:
    """Return `x` with `count` axes from `axis` on moved to `target`."""
    block = tuple(range(axis, axis + count))
    others = tuple(each for each in range(x.ndim) if each not in block)
    order = (*others[:target], *block, *others[target:])
    same = order == tuple(range(x.ndim))
    return x if same else x._gate("permute_dims", x, axes=order)
