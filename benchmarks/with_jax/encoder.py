"""The encoder of padded texts in JAX; as for the tagger, its whole table moves."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.encoder import PADDING, Sizes
from benchmarks.with_jax.training import Weights, linear, training
from benchmarks.with_jax.transformer import normalised


def scores(weights: Weights, ids: jax.Array, *, sizes: Sizes) -> jax.Array:
    real = ids != PADDING
    x = weights["words.weight"][ids] + weights["positions"]
    x = normalised(weights, "first_norm", x)
    for number in range(sizes.layers):
        x = _layer(weights, f"layers.{number}", x, real, sizes.heads)
    mean = jnp.where(real[:, :, None], x, 0).sum(1) / real.sum(1, keepdims=True)
    return linear(weights, "output", mean)


def _layer(weights: Weights, name: str, x: jax.Array, real: jax.Array, heads: int) -> jax.Array:
    read = _attend(linear(weights, f"{name}.attention", x), real, heads)
    x = x + linear(weights, f"{name}.mixed", read)
    x = normalised(weights, f"{name}.attention_norm", x)
    wide = jax.nn.gelu(linear(weights, f"{name}.wide", x), approximate=False)
    return normalised(weights, f"{name}.feed_norm", x + linear(weights, f"{name}.narrow", wide))


def _attend(x: jax.Array, real: jax.Array, heads: int) -> jax.Array:
    batch, tokens, width = x.shape[0], x.shape[1], x.shape[2] // 3
    queries, keys, values = jnp.moveaxis(x.reshape(batch, tokens, 3, heads, -1), 2, 0)
    matched = jnp.einsum("bqhd,bkhd->bhqk", queries, keys) / math.sqrt(width // heads)
    shares = jax.nn.softmax(jnp.where(real[:, None, None, :], matched, -jnp.inf))
    return jnp.einsum("bhqk,bkhd->bqhd", shares, values).reshape(batch, tokens, width)


def learner(problem: Problem) -> Learner:
    return training(partial(scores, sizes=problem.sizes), problem)
