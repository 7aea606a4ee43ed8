"""Single layers in JAX."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.layers import KERNEL, PIECES, Sizes
from benchmarks.with_jax.training import Weights, linear, training


def _linear(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    return linear(weights, "layer", x)


def _convolution(weights: Weights, x: jax.Array, sizes: Sizes) -> jax.Array:
    spatial = x.ndim - 2
    found = lax.conv_general_dilated(
        x,
        weights["layer.weight"],
        (sizes.stride,) * spatial,
        [(KERNEL // 2, KERNEL // 2)] * spatial,
        feature_group_count=sizes.groups,
    )
    return found + weights["layer.bias"].reshape(-1, *(1,) * spatial)


def _batch_norm(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    axes = (0, *range(2, x.ndim))
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    shape = (-1, *(1,) * (x.ndim - 2))
    found = (x - mean) * lax.rsqrt(variance + 1e-5)
    return found * weights["layer.weight"].reshape(shape) + weights["layer.bias"].reshape(shape)


def _layer_norm(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    found = (x - mean) * lax.rsqrt(variance + 1e-5)
    return found * weights["layer.weight"] + weights["layer.bias"]


def _response_norm(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    window = (1, 5, *(1,) * (x.ndim - 2))
    summed = lax.reduce_window(x * x, 0.0, lax.add, window, (1,) * x.ndim, "SAME")
    return x / (1.0 + 1e-4 / 5 * summed) ** 0.75


def _max_pool(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    window = (1, 1, 2, 2)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def _average_pool(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    window = (1, 1, 2, 2)
    return lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / 4


def _dropout(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    # The key follows the input, so that every batch has another one at no cost.
    key = jax.random.key(lax.bitcast_convert_type(x.ravel()[0], jnp.int32))
    return jnp.where(jax.random.bernoulli(key, 0.5, x.shape), x / 0.5, 0)


def _maxout(weights: Weights, x: jax.Array, _: Sizes) -> jax.Array:
    found = linear(weights, "layer.linear", x)
    return found.reshape(*found.shape[:-1], -1, PIECES).max(-1)


def _attention(weights: Weights, x: jax.Array, sizes: Sizes) -> jax.Array:
    n, t, size = x.shape
    joined = x @ weights["layer.in_proj_weight"].T + weights["layer.in_proj_bias"]
    q, k, v = (
        each.reshape(n, t, sizes.heads, -1).transpose(0, 2, 1, 3)
        for each in jnp.split(joined, 3, -1)
    )
    scores = q @ k.transpose(0, 1, 3, 2) / (size // sizes.heads) ** 0.5
    if sizes.causal:
        scores = jnp.where(jnp.tri(t, dtype=bool), scores, -jnp.inf)
    found = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(n, t, size)
    return linear(weights, "layer.out_proj", found)


LAYERS: dict[str, Callable[[Weights, jax.Array, Sizes], jax.Array]] = {
    "linear": _linear,
    "conv1d": _convolution,
    "conv2d": _convolution,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "response_norm": _response_norm,
    "max_pool": _max_pool,
    "average_pool": _average_pool,
    "embedding": lambda weights, x, _: weights["layer.weight"][x],
    "dropout": _dropout,
    "gelu": lambda weights, x, _: jax.nn.gelu(x, approximate=False),
    "prelu": lambda weights, x, _: jnp.where(x >= 0, x, weights["layer.weight"] * x),
    "maxout": _maxout,
    "attention": _attention,
}


def squares(found: jax.Array, _: jax.Array) -> jax.Array:
    return (found * found).mean()


def learner(problem: Problem) -> Learner:
    def scores(weights: Weights, x: jax.Array) -> jax.Array:
        x = x * weights["scale"] if "scale" in weights else x
        return LAYERS[problem.sizes.layer](weights, x, problem.sizes)

    return training(scores, problem, squares)
