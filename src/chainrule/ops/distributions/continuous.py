"""Continuous distributions by inversion of their distribution function.

Each is computed from a side and a tail (`random_tails`), so that both tails keep their digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chainrule.graph import Tensor, TensorLike, float32
from chainrule.ops.distributions.tails import random_tails
from chainrule.ops.elementary import cos, log, log1p, sin
from chainrule.ops.random_numbers import scaled
from chainrule.ops.where import where


def exponential(
    key: TensorLike, shape: Sequence[int], dtype: Any = float32, scale: TensorLike = 1.0
) -> Tensor:
    """Return random numbers of the exponential distribution: scale · -log(1 - u), u uniform.

    key    int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape  the shape of the result
    dtype  float32 or float64
    scale  the mean, 1 / rate; its gradient is the standard number

    Numbers are positive and finite. Raises DTypeError for another dtype, ShapeError for another key
    or a scale that does not broadcast to `shape`.
    """
    return scaled("exponential", _waiting("exponential", key, shape, dtype), scale, 0.0)


def gumbel(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    loc: TensorLike = 0.0,
    scale: TensorLike = 1.0,
) -> Tensor:
    """Return random numbers of the Gumbel distribution of maxima: loc - scale · log(-log(u)).

    key         int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape       the shape of the result
    dtype       float32 or float64
    loc, scale  mode and scale; gradients pass to both

    Raises DTypeError for another dtype, ShapeError for another key or parameters that do not
    broadcast to `shape`.
    """
    return scaled("gumbel", -log(_waiting("gumbel", key, shape, dtype)), scale, loc)


def logistic(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    loc: TensorLike = 0.0,
    scale: TensorLike = 1.0,
) -> Tensor:
    """Return random numbers of the logistic distribution: loc + scale · log(u / (1 - u)).

    key         int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape       the shape of the result
    dtype       float32 or float64
    loc, scale  mean and scale; gradients pass to both

    Raises DTypeError for another dtype, ShapeError for another key or parameters that do not
    broadcast to `shape`.
    """
    below, tail = random_tails("logistic", key, shape, dtype)
    size = log1p(-tail) - log(tail)
    return scaled("logistic", where(below, -size, size), scale, loc)


def laplace(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    loc: TensorLike = 0.0,
    scale: TensorLike = 1.0,
) -> Tensor:
    """Return random numbers of the Laplace distribution, whose density is exp(-|x|) / 2.

    key         int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape       the shape of the result
    dtype       float32 or float64
    loc, scale  mean and scale; gradients pass to both

    Raises DTypeError for another dtype, ShapeError for another key or parameters that do not
    broadcast to `shape`.
    """
    below, tail = random_tails("laplace", key, shape, dtype)
    size = -log(tail * 2)
    return scaled("laplace", where(below, -size, size), scale, loc)


def cauchy(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    loc: TensorLike = 0.0,
    scale: TensorLike = 1.0,
) -> Tensor:
    """Return random numbers of the Cauchy distribution: loc + scale · tan(π (u - 1/2)).

    key         int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape       the shape of the result
    dtype       float32 or float64
    loc, scale  median and half the distance between the quartiles; gradients pass to both

    Raises DTypeError for another dtype, ShapeError for another key or parameters that do not
    broadcast to `shape`.
    """
    below, tail = random_tails("cauchy", key, shape, dtype)
    size = cos(tail * math.pi) / sin(tail * math.pi)
    return scaled("cauchy", where(below, -size, size), scale, loc)


def _waiting(name: str, key: TensorLike, shape: Sequence[int], dtype: Any) -> Tensor:
    """Return standard exponential numbers: -log(1 - u)."""
    below, tail = random_tails(name, key, shape, dtype)
    return where(below, -log1p(-tail), -log(tail))
