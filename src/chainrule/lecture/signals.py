"""What the layers of a net compute, and the gradient that arrives at each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array


def signals(
    layers: Iterable[Callable[[cr.Tensor], cr.Tensor]],
    x: Array,
    loss: Callable[[cr.Tensor], cr.Tensor],
) -> tuple[list[Array], list[Array]]:
    """Return the output of every layer, and the gradient of the loss with respect to it.

    The layers stand one after the other; the loss is a function of the last one's output.
    """

    @cr.compile
    def both_ways(x: cr.Tensor) -> tuple[Any, ...]:
        outputs = list(accumulate(layers, lambda value, layer: layer(value), initial=x))[1:]
        return (*outputs, *cr.gradients(loss(outputs[-1]), outputs))

    found = [np.asarray(each) for each in both_ways(x)]
    return found[: len(found) // 2], found[len(found) // 2 :]
