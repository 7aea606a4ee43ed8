"""Signals of a net: the output of every layer, and the gradient that arrives there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array


def signals_of_stack(
    depth: int, width: int, activation: Callable[[cr.Tensor], cr.Tensor], **options: Any
) -> tuple[list[Array], list[Array]]:
    """Return the signals of a stack of equal linear layers, each with an activation after it.

    The input is a square matrix of random samples; a random gradient arrives at the last layer.

    options  of the linear layers: `initial`, `bias_initial`
    """
    random = np.random.default_rng(0)
    layers = [
        cr.nn.Sequential(cr.nn.Linear(width, width, random=random, **options), activation)
        for _ in range(depth)
    ]
    x, upstream = random.normal(size=(2, width, width)).astype(np.float32)
    return signals(layers, x, lambda top: (top * upstream).sum())


def signals(
    layers: Iterable[Callable[[cr.Tensor], cr.Tensor]],
    x: Array,
    loss: Callable[[cr.Tensor], cr.Tensor],
) -> tuple[list[Array], list[Array]]:
    """Return the output of every layer, and the gradient of the loss with respect to it.

    The layers are applied one after the other; the loss is a function of the last output.
    """

    @cr.compile
    def both_ways(x: cr.TensorLike) -> tuple[Any, ...]:
        outputs = list(
            accumulate(layers, lambda value, layer: layer(value), initial=cr.asarray(x))
        )[1:]
        return (*outputs, *cr.gradients(loss(outputs[-1]), outputs))

    found = [np.asarray(each) for each in both_ways(x)]
    return found[: len(found) // 2], found[len(found) // 2 :]
