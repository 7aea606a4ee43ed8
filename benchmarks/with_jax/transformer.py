"""The Transformer encoder in JAX; as for the tagger, its whole table moves."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.transformer import Sizes
from benchmarks.with_jax.training import Weights, linear, training


def scores(weights: Weights, ids: jax.Array, *, sizes: Sizes) -> jax.Array:
    x = weights["words.weight"][ids] + weights["positions"]
    for number in range(sizes.layers):
        x = _layer(weights, f"layers.{number}", x, sizes.heads)
    return linear(weights, "output", normalised(weights, "norm", x).mean(1))


def _layer(weights: Weights, name: str, x: jax.Array, heads: int) -> jax.Array:
    split = linear(weights, f"{name}.attention", normalised(weights, f"{name}.attention_norm", x))
    x = x + linear(weights, f"{name}.mixed", _attend(split, heads))
    wide = linear(weights, f"{name}.wide", normalised(weights, f"{name}.feed_norm", x))
    return x + linear(weights, f"{name}.narrow", jax.nn.gelu(wide, approximate=False))


def _attend(x: jax.Array, heads: int) -> jax.Array:
    batch, tokens, width = x.shape[0], x.shape[1], x.shape[2] // 3
    queries, keys, values = jnp.moveaxis(x.reshape(batch, tokens, 3, heads, -1), 2, 0)
    matched = jnp.einsum("bqhd,bkhd->bhqk", queries, keys) / math.sqrt(width // heads)
    read = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(matched), values)
    return read.reshape(batch, tokens, width)


def normalised(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    away = x - x.mean(-1, keepdims=True)
    spread = jnp.sqrt((away * away).mean(-1, keepdims=True) + 1e-5)
    return away / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def learner(problem: Problem) -> Learner:
    return training(partial(scores, sizes=problem.sizes), problem)
