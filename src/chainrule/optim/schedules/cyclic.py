"""Cyclic schedules: the rate rises and falls between two bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from chainrule.graph import Tensor
from chainrule.ops import floor, minimum
from chainrule.optim.checks import (
    require_not_negative,
    require_one_of,
    require_whole,
)
from chainrule.optim.schedules.schedule import Schedule

Mode = Literal["triangular", "triangular2", "exp_range"]


@dataclass(frozen=True)
class Cyclic(Schedule):
    """Cycles from `base` up to `top` in `up` steps, and down again in `down` steps.

    down  None for the value of `up`
    mode  "triangular"   every cycle reaches the top
          "triangular2"  every cycle has half the height of the previous one
          "exp_range"    the height is multiplied by gamma^step

    Raises ValueError for a negative rate, a top below the base, or fewer than one step. Smith:
    Cyclical learning rates for training neural networks (2017). Equal to torch's CyclicLR.
    """

    base: float
    top: float
    up: int
    down: int | None = None
    mode: Mode = "triangular"
    gamma: float = 1.0

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        require_not_negative("Cyclic", base=self.base, top=self.top, gamma=self.gamma)
        require_whole("Cyclic", 1, up=self.up, down=self._down)
        require_one_of("Cyclic", get_args(Mode), mode=self.mode)
        if self.top < self.base:
            raise ValueError(
                f"Cyclic was given the base {self.base} and the top {self.top}. Give a top that is "
                "not below the base."
            )

    def at(self, step: Tensor) -> Tensor:
        cycle = floor(step / self._period)
        position = step - cycle * self._period
        height = minimum(position / self.up, (self._period - position) / self._down)
        return self.base + (self.top - self.base) * height * self._scale(step, cycle)

    def _scale(self, step: Tensor, cycle: Tensor) -> Tensor | float:
        if self.mode == "triangular2":
            return 0.5**cycle
        return self.gamma**step if self.mode == "exp_range" else 1.0

    @property
    def _down(self) -> int:
        return self.up if self.down is None else self.down

    @property
    def _period(self) -> int:
        return self.up + self._down
