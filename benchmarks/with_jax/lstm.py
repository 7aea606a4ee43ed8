"""The LSTM in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.training import Weights, linear, training

State = tuple[jax.Array, jax.Array]


def scores(weights: Weights, sequences: jax.Array) -> jax.Array:
    def stepped(carried: State, entering: jax.Array) -> tuple[State, None]:
        state, memory = carried
        gates = jnp.split(entering + linear(weights, "recurrent", state), 4, axis=1)
        opened, kept, shown = (jax.nn.sigmoid(gates[i]) for i in (0, 1, 3))
        memory = kept * memory + opened * jnp.tanh(gates[2])
        return (shown * jnp.tanh(memory), memory), None

    first = jnp.zeros((sequences.shape[1], weights["output.weight"].shape[1]))
    (last, _), _ = jax.lax.scan(stepped, (first, first), linear(weights, "entering", sequences))
    return linear(weights, "output", last)


def learner(problem: Problem) -> Learner:
    return training(scores, problem)
