"""Trainings that differ in their learning rate only: a small net on clouds, with SGD."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.points import clouds, clouds_net

STEPS, EVERY = 400, 10
_SAMPLES, _BATCH = 1280, 32


def losses_of(rate: Any, seed: int) -> Array:
    """Return the loss on all training data, after every tenth of 400 steps.

    rate  a number or a schedule
    seed  of the data, the first weights and the batches
    """
    random, (x, labels) = np.random.default_rng(seed), task(seed)
    model = clouds_net(seed)
    optimizer = cr.optim.SGD(model, rate)

    @cr.compile
    def loss(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        return cr.nn.cross_entropy(model(x), labels)

    @cr.compile
    def step(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        value = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(value)
        return value

    losses = []
    for number in range(1, STEPS + 1):
        batch = random.integers(_SAMPLES, size=_BATCH)
        step(x[batch], labels[batch])
        if number % EVERY == 0:
            losses.append(loss(x, labels).item())
    return np.array(losses)


def task(seed: int) -> tuple[Array, Array]:
    """Return points and their classes, as `clouds` does."""
    return clouds(_SAMPLES, np.random.default_rng(seed))
