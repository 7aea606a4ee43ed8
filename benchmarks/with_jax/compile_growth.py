"""Functions of any size in JAX, each ready for its first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax


def chain(gates: int) -> Callable[[], Any]:
    def loss(x: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
        for _ in range(gates // 3):
            x = jnp.tanh(x * a + b)
        return x.sum()

    step = jax.jit(jax.grad(loss, (0, 1, 2)))
    return lambda: jax.block_until_ready(step(*np.ones((3, 64), np.float32)))


def products(gates: int) -> Callable[[], Any]:
    def loss(x: jax.Array, w: jax.Array) -> jax.Array:
        for _ in range(gates // 2):
            x = jnp.tanh(x @ w)
        return x.sum()

    step = jax.jit(jax.grad(loss, (0, 1)))
    x, w = np.ones((4, 8), np.float32), np.eye(8, dtype=np.float32)
    return lambda: jax.block_until_ready(step(x, w))


def adam(count: int) -> Callable[[], Any]:
    ones = jnp.ones((4, 3))
    parameters = [ones] * count
    optimizer = optax.adam(1e-3)
    state = optimizer.init(parameters)

    @jax.jit
    def step(parameters: list[jax.Array], state: Any, x: jax.Array) -> Any:
        loss, gradient = jax.value_and_grad(
            lambda parameters: sum((x * each).sum() for each in parameters)
        )(parameters)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(parameters, updates), state, loss

    return lambda: jax.block_until_ready(step(parameters, state, ones))


FAMILIES = {"chain": chain, "products": products, "adam": adam}
