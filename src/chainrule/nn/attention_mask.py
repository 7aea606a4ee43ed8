"""Attention masks: of pairs, of keys, and causal, combined into one."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    DType,
    DTypeError,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
)


def masks_of(
    shape: Shape, mask: TensorLike | None, key_mask: TensorLike | None, dtype: DType
) -> list[Tensor]:
    """Return the masks that were given, each of which broadcasts to `shape`.

    shape  (batch, heads, queries, keys)
    dtype  of scores, to which floats are converted

    See `MultiHeadAttention`.
    """
    batch, _, _, keys = shape
    masks = []
    if mask is not None:
        pairs = _of_pairs(as_tensor(mask), shape)
        masks.append(pairs.astype(dtype) if pairs.dtype.kind == "f" else pairs)
    if key_mask is not None:
        masks.append(_of_keys(as_tensor(key_mask), batch, keys))
    return masks


def _of_pairs(mask: Tensor, shape: Shape) -> Tensor:
    batch, heads, queries, keys = shape
    if mask.dtype.kind != "f":
        _require_bool("mask", mask, " or floats, which are added to the scores")
    if mask.shape == (batch, queries, keys):
        return mask.reshape(batch, 1, queries, keys)
    if mask.shape not in ((queries, keys), (batch, 1, queries, keys), shape):
        raise ShapeError(
            f"Attention was given a mask of shape {mask.shape} for {batch} sequences, {heads} "
            f"heads, {queries} queries and {keys} keys. Give {(queries, keys)}, "
            f"{(batch, queries, keys)} or {shape}."
        )
    return mask.reshape(1, 1, queries, keys) if mask.ndim == 2 else mask


def _of_keys(mask: Tensor, batch: int, keys: int) -> Tensor:
    _require_bool("key_mask", mask)
    if mask.shape != (batch, keys):
        raise ShapeError(
            f"Attention was given a key_mask of shape {mask.shape}; it has one bool per key, shape "
            f"{(batch, keys)}."
        )
    return mask.reshape(batch, 1, 1, keys)


def _require_bool(name: str, mask: Tensor, otherwise: str = "") -> None:
    if mask.dtype != np.bool_:
        raise DTypeError(
            f"Attention was given a {name} of dtype {mask.dtype}. Give bools{otherwise}; True "
            "where a query may read a key: for example ids != padding, or "
            "cr.nn.sequence_mask(lengths, steps)."
        )
