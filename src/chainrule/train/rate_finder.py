"""The learning-rate range test: the loss while the rate increases from step to step."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.train.data.array_batches import Batch
from chainrule.train.data.data_source import Batches, Data, as_batches
from chainrule.train.data.sample_order import SEEDS
from chainrule.train.errors import TrainingError
from chainrule.train.evaluation import in_mode
from chainrule.train.fit_arguments import require_loss, require_model, require_optimizer
from chainrule.train.state.curve_pictures import draw_rates
from chainrule.train.state.tracked_parameters import (
    copied_values,
    restore_values,
    tracked_parameters,
)
from chainrule.train.state.whole_number import whole_number
from chainrule.train.train_step import Loss, StepFunction, training_step

_DIVERGED = 4.0
_BEGUN, _DONE = 0.1, 0.9
_NOTICEABLE = 0.01
_BEYOND_NOISE = 3.0
_FEWEST = 5


@dataclass(frozen=True)
class RateRange:
    """The result of a learning-rate range test.

    rates     float64 (steps,): the learning rates, each a constant factor above the one before
    losses    float64 (steps,): the loss of each step
    smoothed  float64 (steps,): the losses, each averaged with its neighbours
    base      the rate at which the loss had done a tenth of its fall; None if it did not fall
    maximum   the rate at which it had done nine tenths; None if it did not fall
    """

    rates: Array
    losses: Array
    smoothed: Array
    base: float | None
    maximum: float | None

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with loss against rate, the bounds marked.

        path  a .png, .svg or .pdf file that the figure is written to, atomically; None for no file

        Raises TrainingError without matplotlib: pip install 'chainrule[plot]'.
        """
        return draw_rates(self.rates, self.losses, self.smoothed, (self.base, self.maximum), path)

    def __str__(self) -> str:
        if self.base is None or self.maximum is None:
            return (
                f"The loss did not fall between the rates {self.rates[0]:.3g} and "
                f"{self.rates[-1]:.3g}. Try others, or more steps."
            )
        return f"rates from {self.base:.3g} to {self.maximum:.3g}"


def rate_finder(
    model: Module,
    optimizer: Optimizer | Callable[..., Optimizer],
    loss: Loss,
    data: Data,
    *,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    batch_size: int = 32,
    drop_last: bool = False,
    seed: int = 0,
    compiled: bool = True,
) -> RateRange:
    """Train with a rate that increases from `low` to `high`, and return bounds for the rate.

    optimizer  an optimizer of the model with a number as its rate, or a class such as cr.optim.SGD
    loss, data, batch_size, drop_last, seed, compiled  as in `fit`
    low, high  the first and the last learning rate
    steps      how many rates are tried, 10 or more

    The loss falls between the rates `base` and `maximum`. They can bound a cyclic schedule; a
    constant rate is best somewhat below `maximum`. The test ends early once the loss is infinite,
    NaN or four times its minimum. Model, optimizer and random streams are restored afterwards.

    Smith: Cyclical learning rates for training neural networks (2017), section 3.3.
    Raises TrainingError for unusable data or settings, and if fewer than 5 steps were possible.
    """
    require_model("rate_finder", model)
    require_loss("rate_finder", loss)
    steps = whole_number("rate_finder", "steps", steps, 10)
    batch_size = whole_number("rate_finder", "batch_size", batch_size, 1)
    seed = whole_number("rate_finder", "seed", seed, 0, SEEDS)
    if not 0 < low < high < math.inf:
        raise TrainingError(
            f"rate_finder was asked for the rates {low} to {high}. Give 0 < low < high."
        )
    batches, _ = as_batches(data, None, batch_size, seed, 1, drop_last)
    made = optimizer(model, learning_rate=low) if callable(optimizer) else optimizer
    require_optimizer("rate_finder", made, model)
    parameters = tracked_parameters(model, made)
    before = copied_values(parameters)
    rates = np.geomspace(low, high, steps)
    try:
        with in_mode(model, True):
            step = training_step(model, made, loss, batches, compiled)
            losses, diverged = _losses(made, step, batches, rates)
    finally:
        restore_values(parameters, before)
    _require_enough(losses, diverged, rates)
    return _proposed(rates[: len(losses)], losses)


def _losses(
    optimizer: Optimizer, step: StepFunction, data: Batches, rates: Array
) -> tuple[Array, bool]:
    """Return the losses of steps at these rates, and whether a large one ended the test early."""
    found: list[float] = []
    for rate, batch in zip(rates, islice(_endless(data), len(rates)), strict=False):
        optimizer.learning_rate = float(rate)
        loss = step(*batch).item()
        if not math.isfinite(loss):
            return np.array(found), True
        found.append(loss)
        if loss > _DIVERGED * min(found) > 0:
            return np.array(found), True
    return np.array(found), False


def _require_enough(losses: Array, diverged: bool, rates: Array) -> None:
    if len(losses) >= _FEWEST:
        return
    if diverged:
        raise TrainingError(
            f"The loss was infinite, NaN or {_DIVERGED:.0f} times its smallest after "
            f"{len(losses)} steps, at the rate {rates[len(losses)]:.3g}. Begin with a lower rate."
        )
    raise TrainingError(
        f"The data ended after {len(losses)} steps. Give an iterator of more batches, or data that "
        "can be iterated again."
    )


def _endless(data: Batches) -> Iterator[Batch]:
    for epoch in count(1) if data.repeats else (1,):
        yield from data.batches(epoch)


def _proposed(rates: Array, losses: Array) -> RateRange:
    """Return the bounds that the smoothed losses give, up to their minimum."""
    smoothed = _averaged(losses, max(1, len(losses) // 20))
    lowest = int(np.argmin(smoothed))
    start = float(np.median(smoothed[: max(3, len(losses) // 20)]))
    fall = start - smoothed[lowest]
    noise = float(np.median(np.abs(losses - smoothed)))
    if fall <= max(_NOTICEABLE * abs(start), _BEYOND_NOISE * noise):
        return RateRange(rates, losses, smoothed, None, None)
    down = (start - smoothed[: lowest + 1]) / fall
    base = int(np.flatnonzero(down <= _BEGUN)[-1]) if (down <= _BEGUN).any() else 0
    maximum = int(np.flatnonzero(down >= _DONE)[0])
    return RateRange(rates, losses, smoothed, float(rates[base]), float(rates[maximum]))


def _averaged(values: Array, reach: int) -> Array:
    """Return the means of every value and its neighbours up to `reach` places away."""
    kernel = np.ones(2 * reach + 1)
    sums = np.convolve(values, kernel, "same")
    return sums / np.convolve(np.ones(len(values)), kernel, "same")
