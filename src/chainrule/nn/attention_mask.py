"""Attention masks: of pairs, of keys, and causal, combined into one."""

from __future__ import annotations

from functools import reduce

import numpy as np

from chainrule.graph import (
    Constant,
    DTypeError,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
)
from chainrule.ops import logical_and, where


def joined_mask(
    shape: Shape, mask: TensorLike | None, key_mask: TensorLike | None, causal: bool
) -> Tensor | None:
    """Return bools that broadcast to `shape`, (batch, heads, queries, keys), or None for all True.

    An entry is true where all given masks are true; see `MultiHeadAttention`.
    """
    batch, _, queries, keys = shape
    asked = []
    if mask is not None:
        asked.append(_of_pairs(as_tensor(mask), shape))
    if key_mask is not None:
        asked.append(_of_keys(as_tensor(key_mask), batch, keys))
    if causal:
        asked.append(Constant(np.tri(queries, keys, dtype=np.bool_)))
    return reduce(logical_and, asked) if asked else None


def without_hidden(values: Tensor, key_mask: TensorLike) -> Tensor:
    """Return values (batch, heads, keys, width), with zeros for hidden keys (0 · NaN is NaN)."""
    batch, _, keys, _ = values.shape
    return where(_of_keys(as_tensor(key_mask), batch, keys).mT, values, 0)


def _of_pairs(mask: Tensor, shape: Shape) -> Tensor:
    batch, heads, queries, keys = shape
    _require_bool("mask", mask)
    if mask.shape == (batch, queries, keys):
        return mask.reshape(batch, 1, queries, keys)
    if mask.shape not in ((queries, keys), (batch, 1, queries, keys), shape):
        raise ShapeError(
            f"Attention was given a mask of shape {mask.shape} for {batch} sequences, {heads} "
            f"heads, {queries} queries and {keys} keys. Give {(queries, keys)}, "
            f"{(batch, queries, keys)} or {shape}."
        )
    return mask


def _of_keys(mask: Tensor, batch: int, keys: int) -> Tensor:
    _require_bool("key_mask", mask)
    if mask.shape != (batch, keys):
        raise ShapeError(
            f"Attention was given a key_mask of shape {mask.shape}; it has one bool per key, shape "
            f"{(batch, keys)}."
        )
    return mask.reshape(batch, 1, 1, keys)


def _require_bool(name: str, mask: Tensor) -> None:
    if mask.dtype != np.bool_:
        raise DTypeError(
            f"Attention was given a {name} of dtype {mask.dtype}. Give bools, True where a query "
            "may read a key: for example ids != padding, or cr.nn.sequence_mask(lengths, steps)."
        )
