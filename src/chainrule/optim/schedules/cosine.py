"""Cosine schedules: half a cosine, once or with restarts."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

from chainrule.graph import Tensor
from chainrule.ops import cos, floor, log, minimum
from chainrule.optim.checks import require_not_negative, require_whole
from chainrule.optim.schedules.schedule import Schedule


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine: end + (rate - end) · (1 + cos(pi · step / steps)) / 2.

    From step `steps` on, the rate is `end`.

    rises  continue the cosine after step `steps`, so that the rate rises again

    Raises ValueError for a negative rate or fewer than one step. Loshchilov and Hutter: SGDR:
    stochastic gradient descent with warm restarts (2017), equation 5. Equal to torch's
    CosineAnnealingLR with `rises`.
    """

    rate: float
    steps: int
    end: float = 0.0
    _: KW_ONLY
    rises: bool = False

    def __post_init__(self) -> None:
        require_not_negative("Cosine", rate=self.rate, end=self.end)
        require_whole("Cosine", 1, steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        counted = step if self.rises else minimum(step, float(self.steps))
        return between(self.rate, self.end, counted / self.steps)


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Cycles of half a cosine from `rate` to `end`, each `longer` times as long as the previous.

    steps   the length of the first cycle
    longer  an integer of 1 or more

    Raises ValueError for a negative rate, or for steps or longer below 1. Loshchilov and Hutter:
    SGDR: stochastic gradient descent with warm restarts (2017). Equal to torch's
    CosineAnnealingWarmRestarts.
    """

    rate: float
    steps: int
    longer: int = 1
    end: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative("CosineRestarts", rate=self.rate, end=self.end)
        require_whole("CosineRestarts", 1, steps=self.steps, longer=self.longer)

    def at(self, step: Tensor) -> Tensor:
        start, length = self._cycle(step)
        return between(self.rate, self.end, (step - start) / length)

    def _cycle(self, step: Tensor) -> tuple[Tensor, Tensor | float]:
        """Return the first step of the current cycle, and its length."""
        if self.longer == 1:
            return floor(step / self.steps) * self.steps, float(self.steps)
        more = self.longer - 1
        # half a step is added, so that rounding of the logarithm does not shift the restarts
        lengths = log((step + 0.5) * (more / self.steps) + 1) / math.log(self.longer)
        power = float(self.longer) ** floor(lengths)
        return (power - 1) * (self.steps / more), power * self.steps


def between(start: float, end: float, share: Tensor) -> Tensor:
    """Return the point at `share`, from 0 to 1, of half a cosine from `start` to `end`."""
    return end + (start - end) * (1 + cos(share * math.pi)) / 2
