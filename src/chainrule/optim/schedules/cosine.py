"""Cosine rates: down along half a cosine, once or with restarts."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

from chainrule.graph import Tensor
from chainrule.ops import cos, floor, log, minimum
from chainrule.optim.checks import require_not_negative, require_whole
from chainrule.optim.schedules.schedule import Schedule


@dataclass(frozen=True)
class Cosine(Schedule):
    """end + (rate - end) · (1 + cos(pi · step / steps)) / 2, and `end` from step `steps` on.

    rises  whether the rate goes on along the cosine after that, and so rises again

    Loshchilov and Hutter: SGDR (2017), equation 5. The same as torch's CosineAnnealingLR, which
    rises after its end.
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
    """Half a cosine from `rate` to `end` in `steps` steps; then again, each `longer` times as long.

    longer  a whole number; 1 for cycles of one length

    Loshchilov and Hutter: SGDR: stochastic gradient descent with warm restarts (2017); the same as
    torch's CosineAnnealingWarmRestarts.
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
        """Return where the present cycle started, and how long it is."""
        if self.longer == 1:
            return floor(step / self.steps) * self.steps, float(self.steps)
        more = self.longer - 1
        # half a step on, so that rounding of the logarithm does not move the restarts
        lengths = log((step + 0.5) * (more / self.steps) + 1) / math.log(self.longer)
        power = float(self.longer) ** floor(lengths)
        return (power - 1) * (self.steps / more), power * self.steps


def between(start: float, end: float, share: Tensor) -> Tensor:
    """Return the way from `start` to `end` along half a cosine, `share` from 0 to 1."""
    return end + (start - end) * (1 + cos(share * math.pi)) / 2
