"""The tagger in JAX: optax knows no row-sparse Adam, so the whole table moves."""

from __future__ import annotations

import jax

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.training import Weights, linear, training


def scores(weights: Weights, ids: jax.Array) -> jax.Array:
    vectors = weights["words.weight"][ids].reshape(ids.shape[0], -1)
    return linear(weights, "output", jax.nn.relu(linear(weights, "hidden", vectors)))


def learner(problem: Problem) -> Learner:
    return training(scores, problem)
