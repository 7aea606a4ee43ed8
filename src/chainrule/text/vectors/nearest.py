"""Nearest neighbours by cosine, computed in blocks of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.text.vectors.blocks import Table

_PRODUCTS_AT_ONCE = 1 << 24  # elements of a block of cosines
_SMALLEST = 1e-30


def unit(vectors: Any) -> Table:
    """Return vectors divided by their length, float32; vectors of zeros stay zeros."""
    found = np.asarray(vectors, np.float32)
    lengths = np.sqrt(np.sum(np.square(found, dtype=np.float64), axis=-1, keepdims=True))
    divided: Table = (found / np.maximum(lengths, _SMALLEST)).astype(np.float32)
    return divided


def nearest_rows(
    queries: Table, table: Table, count: int, skipped: Any = None
) -> tuple[npt.NDArray[np.int64], Table]:
    """Return the rows of `table` with the largest cosine to each query, and these cosines.

    queries, table  unit vectors (queries, size) and (rows, size)
    skipped         int64 (queries, any): rows that are not returned for that query

    Equal cosines are ordered by row. Fewer than `count` columns are returned if there are no more.
    """
    omitted = 0 if skipped is None else skipped.shape[1]
    count = max(0, min(count, len(table) - omitted))
    rows, cosines = (
        np.zeros((len(queries), count), np.int64),
        np.zeros((len(queries), count), np.float32),
    )
    step = max(1, _PRODUCTS_AT_ONCE // max(1, len(table)))
    for first in range(0, len(queries) if count else 0, step):
        part = slice(first, first + step)
        products = queries[part] @ table.T
        if skipped is not None:
            np.put_along_axis(products, skipped[part], -np.inf, axis=1)
        best = np.argpartition(-products, count - 1, axis=1)[:, :count]
        best.sort(axis=1)
        values = np.take_along_axis(products, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        rows[part] = np.take_along_axis(best, order, axis=1)
        cosines[part] = np.take_along_axis(values, order, axis=1)
    return rows, cosines
