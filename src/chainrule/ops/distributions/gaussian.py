"""The normal distribution, whole and between two bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chainrule.graph import Tensor, TensorLike, as_dtype, float32, float64
from chainrule.ops.distributions.quantiles import normal_quantile
from chainrule.ops.distributions.tails import random_tails
from chainrule.ops.hard_activations import clip
from chainrule.ops.random_numbers import scaled
from chainrule.ops.where import maximum, where


def normal(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    loc: TensorLike = 0.0,
    scale: TensorLike = 1.0,
) -> Tensor:
    """Return random numbers of the normal distribution, by inversion: one word of bits for each.

    key         int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape       the shape of the result
    dtype       float32, up to 6.3 standard deviations, or float64, up to 9.1
    loc, scale  mean and standard deviation; gradients pass to both, the standard number is constant

    Raises DTypeError for another dtype, ShapeError for another key or parameters that do not
    broadcast to `shape`. Source: Wichura (1988), algorithm AS 241.
    """
    below, tail = random_tails("normal", key, shape, dtype)
    size = normal_quantile(tail)
    return scaled("normal", where(below, -size, size), scale, loc)


def truncated_normal(
    key: TensorLike, lower: float, upper: float, shape: Sequence[int], dtype: Any = float32
) -> Tensor:
    """Return standard normal random numbers between two bounds.

    key           int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    lower, upper  Python numbers, in standard deviations; infinite ones are allowed
    shape         the shape of the result
    dtype         float32 or float64

    Numbers are computed in float64 by inversion: Φ⁻¹(Φ(lower) + u (Φ(upper) - Φ(lower))). Both
    bounds may lie in one tail, up to 37 standard deviations out. Other means and deviations are
    `mean + deviation * drawn`. Raises ValueError for bounds without probability between them,
    DTypeError for another dtype, ShapeError for another key.
    """
    if lower + upper > 0:  # the lower tail is that with the most digits
        return -truncated_normal(key, -upper, -lower, shape, dtype)
    from_, to = _below(lower), _below(upper)
    if not (lower < upper and to - from_ > _LEAST):
        raise ValueError(
            f"truncated_normal was given the bounds {lower} and {upper}, between which a standard "
            "normal number never lies. Give lower < upper, at most 37 away from 0."
        )
    below, tail = random_tails("truncated_normal", key, shape, float64)
    probability = where(below, tail, 1 - tail) * (to - from_) + from_
    under = probability < 0.5
    size = normal_quantile(
        where(under, maximum(probability, _LEAST), maximum(1 - probability, 2.0**-54))
    )
    return clip(where(under, -size, size), lower, upper).astype(as_dtype(dtype))


_LEAST = 1e-300


def _below(x: float) -> float:
    """Return the probability that a standard normal number is below x."""
    return math.erfc(-x / math.sqrt(2)) / 2
