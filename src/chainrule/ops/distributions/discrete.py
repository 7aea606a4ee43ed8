"""Discrete distributions: integers of a range, and classes by their logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import (
    DTypeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_dtype,
    as_tensor,
    float32,
    int64,
    is_float,
    normalise_axis,
)
from chainrule.ops.distributions.continuous import gumbel
from chainrule.ops.random_numbers import random_bits, second_bits
from chainrule.ops.reducing import argmax


def random_words(key: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return random integers from 0 to 2^62 - 1, as int64."""
    high, low = _words(key, shape)
    return (high >> 2) * 2**32 + low


def _words(key: TensorLike, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return two random integers from 0 to 2^32 - 1 per element, as int64."""
    bits = random_bits(key, shape), second_bits(key, shape)
    high, low = (each.astype(int64) + 2**31 for each in bits)
    return high, low


def randint(
    key: TensorLike, low: int, high: int, shape: Sequence[int], dtype: Any = int64
) -> Tensor:
    """Return random integers from `low` to `high` - 1, all equally likely.

    key        int64 (2,), such as `Stream(seed).key()`; equal keys give equal integers
    low, high  Python integers, at most 2^62 apart; the range has no gradient
    shape      the shape of the result
    dtype      an integer dtype that holds the range

    Probabilities differ by a factor of at most 1 + (high - low) / 2^62, since 62 or more random
    bits are reduced to the range. Raises ValueError for a range that is empty or too long,
    DTypeError for a dtype that does not hold it, ShapeError for another key.
    """
    span, wanted = high - low, as_dtype(dtype)
    if not 0 < span <= 2**62:
        raise ValueError(
            f"randint got the range from {low} to {high}. Give low < high, at most 2^62 apart."
        )
    if wanted.kind not in "iu":
        raise DTypeError(f"randint draws integers, not {wanted}.")
    limits = np.iinfo(wanted)
    if low < limits.min or high - 1 > limits.max:
        raise DTypeError(
            f"randint was given the range from {low} to {high}, too wide for {wanted}."
        )
    return (_below(span, key, shape) + low).astype(wanted)


def _below(span: int, key: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return random integers from 0 to span - 1; a short span is the high part of a product."""
    if span > 2**31:
        return random_words(key, shape) % span
    high, low = _words(key, shape)
    return high * span + (low * span >> 32) >> 32


def categorical(
    key: TensorLike, logits: TensorLike, axis: int = -1, shape: Sequence[int] | None = None
) -> Tensor:
    """Return random classes, int64, with the probabilities softmax(logits): the Gumbel-max method.

    key     int64 (2,), such as `Stream(seed).key()`; equal keys give equal classes
    logits  scores or log-probabilities; -inf for a class that is never drawn
    axis    the axis of the classes
    shape   the shape of the result, to which the shape of `logits` without `axis` broadcasts; that
            shape if it is None

    Classes have no gradient: gradients of what follows are zero. Raises ShapeError for another
    shape or key, RangeError for another axis.
    """
    scores = as_tensor(logits)
    if scores.ndim == 0:
        raise ShapeError(
            "categorical takes logits with an axis of classes, but was given a scalar."
        )
    at = normalise_axis(axis, scores.ndim)
    one_each = scores.shape[:at] + scores.shape[at + 1 :]
    wanted = one_each if shape is None else tuple(shape)
    if not _broadcasts(one_each, wanted):
        raise ShapeError(
            f"categorical was asked for classes of shape {wanted}, but logits {list(scores.shape)} "
            f"have classes of shape {one_each}. Shapes end alike, as in (draws, *{one_each})."
        )
    place = len(wanted) + 1 + at - scores.ndim
    extents = (*wanted[:place], scores.shape[at], *wanted[place:])
    noise = gumbel(key, extents, scores.dtype if is_float(scores.dtype) else float32)
    return argmax(scores + noise, axis=place)


def _broadcasts(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    try:
        return np.broadcast_shapes(tuple(shape), tuple(wanted)) == tuple(wanted)
    except ValueError:
        return False
