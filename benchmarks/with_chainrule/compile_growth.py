"""Functions of any size in chainrule, each ready for its first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr


def chain(gates: int) -> Callable[[], Any]:
    """The gradient of a chain of elementwise gates, x = tanh(x a + b)."""

    def loss(x: cr.Tensor, a: cr.Tensor, b: cr.Tensor) -> cr.Tensor:
        for _ in range(gates // 3):
            x = cr.tanh(x * a + b)
        return x.sum()

    step = cr.compile(cr.grad(loss, (0, 1, 2)))
    return lambda: step(*np.ones((3, 64), np.float32))


def products(gates: int) -> Callable[[], Any]:
    """The gradient of a chain of products, x = tanh(x W)."""

    def loss(x: cr.Tensor, w: cr.Tensor) -> cr.Tensor:
        for _ in range(gates // 2):
            x = cr.tanh(x @ w)
        return x.sum()

    step = cr.compile(cr.grad(loss, (0, 1)))
    return lambda: step(np.ones((4, 8), np.float32), np.eye(8, dtype=np.float32))


def adam(count: int) -> Callable[[], Any]:
    """One step of Adam on many parameters."""
    ones = np.ones((4, 3), np.float32)
    parameters = [cr.parameter(ones, f"p{number}") for number in range(count)]
    optimizer = cr.optim.Adam(parameters, learning_rate=1e-3)

    @cr.compile
    def step(x: cr.Tensor) -> cr.Tensor:
        loss = sum((x * each).sum() for each in parameters[1:]) + (x * parameters[0]).sum()
        optimizer.minimize(loss)
        return loss

    return lambda: step(ones)


FAMILIES = {"chain": chain, "products": products, "adam": adam}
