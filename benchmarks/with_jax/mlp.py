"""The perceptron in JAX."""

from __future__ import annotations

import jax

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.training import Weights, linear, training


def scores(weights: Weights, x: jax.Array) -> jax.Array:
    for name in ("first", "second"):
        x = jax.nn.relu(linear(weights, name, x))
    return linear(weights, "output", x)


def learner(problem: Problem) -> Learner:
    return training(scores, problem)
