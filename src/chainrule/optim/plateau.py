"""Reduce on plateau: lowers the rate when a metric stops improving."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from chainrule.graph import Parameter, parameter, require_between_calls
from chainrule.optim.checks import (
    require_fraction,
    require_not_negative,
    require_one_of,
    require_positive,
    require_whole,
)
from chainrule.optim.optimizer import Optimizer

Mode = Literal["min", "max"]
DeltaMode = Literal["relative", "absolute"]


class ReduceOnPlateau:
    """Multiply an optimizer's rate by `factor` when a metric has stopped improving.

    optimizer   an optimizer with a number as its rate, not a schedule
    mode        "min" for a metric that should fall, such as a loss; "max" for one that should rise
    factor      in (0, 1)
    patience    the number of consecutive updates without improvement before a reduction
    min_delta   the smallest improvement that counts, as a fraction of the best value so far, or as
                a difference if `delta_mode` is "absolute"
    cooldown    the number of updates after a reduction that are not counted
    min_rate    the lower bound of the rate
    epsilon     the smallest reduction; smaller ones are not made

    `named_state` has the whole state. Raises ValueError for an invalid option, ChainruleError if
    the optimizer follows a schedule. Equal to torch.optim.lr_scheduler.ReduceLROnPlateau.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        mode: Mode = "min",
        factor: float = 0.1,
        patience: int = 10,
        min_delta: float = 1e-4,
        delta_mode: DeltaMode = "relative",
        cooldown: int = 0,
        min_rate: float = 0.0,
        epsilon: float = 1e-8,
    ) -> None:
        name = type(self).__name__
        require_one_of(name, get_args(Mode), mode=mode)
        require_one_of(name, get_args(DeltaMode), delta_mode=delta_mode)
        require_whole(name, 0, patience=patience, cooldown=cooldown)
        require_not_negative(name, min_delta=min_delta, min_rate=min_rate, epsilon=epsilon)
        require_positive(name, factor=factor)
        require_fraction(name, factor=factor)
        optimizer.require_settable_rate()
        self.optimizer = optimizer
        self.mode, self.factor, self.patience = mode, factor, patience
        self.min_delta, self.delta_mode = min_delta, delta_mode
        self.cooldown, self.min_rate, self.epsilon = cooldown, min_rate, epsilon
        self._best = parameter(math.inf if mode == "min" else -math.inf, "best", trainable=False)
        self._waited = parameter(0, "waited", trainable=False)
        self._resting = parameter(0, "resting", trainable=False)

    @property
    def best(self) -> float:
        """The best value of the metric so far."""
        return float(self._best.item())

    def named_state(self) -> dict[str, Parameter]:
        """Return the state by name, for saving: "best", "waited" and "resting", all scalars."""
        return {"best": self._best, "waited": self._waited, "resting": self._resting}

    def update(self, metric: float) -> bool:
        """Record the value of the metric, and return whether the rate was reduced.

        NaN is not an improvement. Raises ChainruleError in a compiled function.
        """
        require_between_calls("ReduceOnPlateau was updated", "Update it between the steps.")
        metric = float(metric)
        improved = self._improves(metric)
        if improved:
            self._best.assign(metric)
        waited = 0 if improved else int(self._waited.item()) + 1
        resting = int(self._resting.item())
        if resting > 0:
            waited, resting = 0, resting - 1
        is_due = waited > self.patience
        self._waited.assign(np.int64(0 if is_due else waited))
        self._resting.assign(np.int64(self.cooldown if is_due else resting))
        return is_due and self._reduce()

    def _improves(self, metric: float) -> bool:
        best, sign = self.best, 1 if self.mode == "max" else -1
        if self.delta_mode == "absolute" or math.isinf(best):
            return sign * metric > sign * best + self.min_delta
        return sign * metric > sign * best * (1 + sign * self.min_delta)

    def _reduce(self) -> bool:
        old = self.optimizer.learning_rate
        new = max(old * self.factor, self.min_rate)
        if old - new <= self.epsilon:
            return False
        self.optimizer.learning_rate = new
        return True
