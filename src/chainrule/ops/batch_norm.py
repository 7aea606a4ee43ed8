"""Batch normalisation: normalises every channel to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.converting import as_float
from chainrule.ops.creating.filling import full
from chainrule.ops.elementary import sqrt
from chainrule.ops.shaping import concat


def batch_moments(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance of every channel of `x`.

    x        (n, channels, ...)
    returns  two tensors (channels,); the variance is Σ (x - mean)² / count, without correction

    Raises ShapeError if `x` has fewer than two axes.
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            f"Batch moments were requested of {x.label} with shape {x.shape}. Give (n, channels, "
            "...)."
        )
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes, keepdims=True)
    away = x - mean
    variance = (away * away).mean(axes)
    return mean.reshape(x.shape[1]), variance


def synchronised_moments(
    x: Tensor, total: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and variance of every channel of a batch of which `x` is a part.

    x        (n, channels, ...), float
    total    returns the sum of a tensor over all parts
    returns  (channels,), (channels,), and the number of elements of a channel: (), in float
    """
    axes, channels = (0, *range(2, x.ndim)), x.shape[1]
    own = full((1,), x.size // channels, x.dtype)
    sums = total(concat([x.sum(axes), own], axis=0))
    count = sums[channels]
    mean = sums[:channels] / count
    away = x - _by_channel("mean", mean, x)
    return mean, total((away * away).sum(axes)) / count, count


def batch_norm(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """Return weight (x - mean) / sqrt(variance + epsilon) + bias, channel by channel.

    x               (n, channels, ...)
    mean, variance  (channels,): of the batch in training, running averages in inference
    weight, bias    (channels,), or None

    Ioffe and Szegedy: Batch normalization (2015), algorithms 1 and 2. Raises ShapeError if a
    number of channels differs.
    """
    x = as_float(x)
    scale = 1 / sqrt(as_tensor(variance) + epsilon)
    if weight is not None:
        scale = scale * weight
    scaled = (x - _by_channel("mean", mean, x)) * _by_channel("scale", scale, x)
    return scaled if bias is None else scaled + _by_channel("bias", bias, x)


def _by_channel(name: str, each: TensorLike, x: Tensor) -> Tensor:
    """Return a vector (channels,) in a shape that broadcasts with `x`."""
    vector = as_tensor(each)
    if x.ndim < 2 or vector.shape != (x.shape[1],):
        raise ShapeError(
            f"batch_norm was given {x.label} with shape {x.shape} and a {name} of shape "
            f"{vector.shape}. They are (n, channels, ...) and (channels,)."
        )
    return vector.reshape(x.shape[1], *(1,) * (x.ndim - 2))
