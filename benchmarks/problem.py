"""What all frameworks are given alike: first weights, and batches to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Batch = tuple[Any, ...]

LEARNING_RATE = 1e-3
BATCHES = 20  # different ones, so that caches are not warmer than in life


@dataclass(frozen=True)
class Problem:
    """The sizes of a task, the first weights by name, and its batches (x, labels)."""

    sizes: Any
    weights: dict[str, Array]
    batches: list[Batch]


@dataclass(frozen=True)
class Learner:
    """A model in training in one framework.

    step      one training step on a batch, (x, labels) to loss; its parameters change
    convert   from the arrays of a batch to what the framework works on, before the clock starts
    wait      returns when the computation of a loss is over
    describe  a sentence on how the step runs, empty if there is nothing to say
    """

    step: Callable[..., Any]
    convert: Callable[[Batch], Batch] = lambda batch: batch
    wait: Callable[[Any], Any] = lambda loss: loss
    describe: Callable[[], str] = lambda: ""

    def losses(self, batches: list[Batch], count: int) -> list[float]:
        """Return the losses of `count` training steps."""
        return [float(self.step(*self.convert(each))) for each in islice(cycle(batches), count)]
