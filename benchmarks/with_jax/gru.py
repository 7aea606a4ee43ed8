"""The GRU in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.training import Weights, linear, training


def scores(weights: Weights, sequences: jax.Array) -> jax.Array:
    def stepped(state: jax.Array, entering: jax.Array) -> tuple[jax.Array, None]:
        reset, update, candidate = jnp.split(entering, 3, axis=1)
        products = jnp.split(linear(weights, "recurrent", state), 3, axis=1)
        reset, update = jax.nn.sigmoid(reset + products[0]), jax.nn.sigmoid(update + products[1])
        candidate = jnp.tanh(candidate + reset * products[2])
        return (1 - update) * candidate + update * state, None

    first = jnp.zeros((sequences.shape[1], weights["output.weight"].shape[1]))
    last, _ = jax.lax.scan(stepped, first, linear(weights, "entering", sequences))
    return linear(weights, "output", last)


def learner(problem: Problem) -> Learner:
    return training(scores, problem)
