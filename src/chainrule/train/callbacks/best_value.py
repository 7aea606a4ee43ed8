"""The best value so far of a monitored figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from chainrule.train.errors import TrainingError
from chainrule.train.state.epoch_figures import numbers
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.value_kinds import COUNT, OPTIONAL_NUMBER, require_state

MonitorMode = Literal["min", "max"]


@dataclass
class BestValue:
    """The best value so far of the figure `monitor` of the epochs.

    mode       "min" if small values are good, "max" if large ones are
    min_delta  the least difference that counts as an improvement
    value      the best value, None before the first; NaN is never an improvement
    epoch      the epoch of the best value

    Raises ValueError for an unknown mode and a negative or infinite min_delta.
    """

    monitor: str
    mode: MonitorMode
    min_delta: float = 0.0
    value: float | None = None
    epoch: int = 0

    def __post_init__(self) -> None:
        if self.mode not in get_args(MonitorMode):
            raise ValueError(
                f"mode={self.mode!r} was given for {self.monitor!r}. Give 'min' or 'max'."
            )
        if not (math.isfinite(self.min_delta) and self.min_delta >= 0):
            raise ValueError(f"min_delta={self.min_delta} was given. Give a number of 0 or more.")

    def forget(self) -> None:
        """Reset value and epoch."""
        self.value, self.epoch = None, 0

    def improves(self, record: EpochRecord) -> bool:
        """Return whether an epoch is the best so far, and keep its value if it is."""
        value = monitored_figure(record, self.monitor)
        sign = 1.0 if self.mode == "min" else -1.0
        before = math.inf if self.value is None else sign * self.value
        if not sign * value < before - (self.min_delta if self.value is not None else 0.0):
            return False
        self.value, self.epoch = value, int(record["epoch"])
        return True

    def settings(self) -> dict[str, Any]:
        """Return the options."""
        return {"monitor": self.monitor, "mode": self.mode, "min_delta": self.min_delta}

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {"best": self.value, "best_epoch": self.epoch}

    def check(self, state: dict[str, Any]) -> None:
        """Raise TrainingError for an invalid state."""
        require_state(self, state, best=OPTIONAL_NUMBER, best_epoch=COUNT)

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the state that `state` returned."""
        self.value, self.epoch = state["best"], state["best_epoch"]


def monitored_figure(record: EpochRecord, name: str) -> float:
    """Return the figure `name` of an epoch; raises TrainingError if it does not exist."""
    known = numbers(record)
    if name not in known:
        raise TrainingError(
            f"The figure {name!r} was to be monitored, but the record of an epoch has "
            f"{', '.join(known)}. Name one of these; names with validation_ need validate=..., "
            "others a metric."
        )
    return known[name]
