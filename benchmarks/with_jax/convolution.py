"""The convolutional net in JAX."""

from __future__ import annotations

import jax
from jax import lax

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.training import Weights, linear, training


def scores(weights: Weights, x: jax.Array) -> jax.Array:
    for name in ("first", "second"):
        x = _filtered(weights, name, x)
    hidden = jax.nn.relu(linear(weights, "hidden", x.reshape(x.shape[0], -1)))
    return linear(weights, "output", hidden)


def _filtered(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    found = lax.conv_general_dilated(x, weights[f"{name}.weight"], (1, 1), "SAME")
    found = jax.nn.relu(found + weights[f"{name}.bias"][:, None, None])
    lowest = -float("inf")
    return lax.reduce_window(found, lowest, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def learner(problem: Problem) -> Learner:
    return training(scores, problem)
