"""The compiled training step, the same for all models, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from benchmarks.problem import LEARNING_RATE, Batch, Learner, Problem

Weights = dict[str, jax.Array]


def cross_entropy(scores: jax.Array, labels: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean()


def training(
    scores: Callable[[Weights, jax.Array], jax.Array],
    problem: Problem,
    loss_of: Callable[[jax.Array, jax.Array], jax.Array] = cross_entropy,
) -> Learner:
    """Return the model in training at the problem's first weights; it runs asynchronously."""
    optimizer = optax.adam(LEARNING_RATE)
    weights: Any = _first_weights(problem)
    state = optimizer.init(weights)

    def total(weights: Weights, x: jax.Array, labels: jax.Array) -> jax.Array:
        return loss_of(scores(weights, x), labels)

    @partial(jax.jit, donate_argnums=(0, 1))
    def stepped(weights: Any, state: Any, x: jax.Array, labels: jax.Array) -> Any:
        loss, gradient = jax.value_and_grad(total)(weights, x, labels)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(weights, updates), state, loss

    def step(x: jax.Array, labels: jax.Array) -> jax.Array:
        nonlocal weights, state
        weights, state, loss = stepped(weights, state, x, labels)
        return loss

    return Learner(step, arrays, jax.block_until_ready)


def inference(scores: Callable[[Weights, jax.Array], jax.Array], problem: Problem) -> Learner:
    """Return the model at the problem's first weights; a step computes the loss alone."""
    weights = _first_weights(problem)
    total = jax.jit(lambda weights, x, labels: cross_entropy(scores(weights, x), labels))
    return Learner(partial(total, weights), arrays, jax.block_until_ready)


def _first_weights(problem: Problem) -> Weights:
    return {name: jnp.array(each) for name, each in problem.weights.items()}


def arrays(batch: Batch) -> Batch:
    return tuple(jnp.asarray(each) for each in batch)


def linear(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
