"""The circuit of the lecture in JAX, without jit."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from benchmarks.problem import Batch, Learner, Problem


def circuit(x: jax.Array, y: jax.Array, z: jax.Array) -> jax.Array:
    return (x + y) * z


def learner(problem: Problem) -> Learner:
    differentiated = jax.grad(circuit, argnums=(0, 1, 2))
    return Learner(lambda *batch: differentiated(*batch)[2], _arrays, jax.block_until_ready)


def _arrays(batch: Batch) -> Batch:
    return tuple(jnp.float32(each) for each in batch)
