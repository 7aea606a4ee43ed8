"""One-cycle schedule: the rate rises to a maximum, then falls to a very low rate."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from chainrule.graph import Tensor
from chainrule.ops import maximum, minimum, where
from chainrule.optim.checks import (
    require_not_negative,
    require_one_of,
    require_positive,
    require_whole,
)
from chainrule.optim.schedules.cosine import between
from chainrule.optim.schedules.schedule import Schedule

Anneal = Literal["cos", "linear"]


@dataclass(frozen=True)
class OneCycle(Schedule):
    """One cycle from top / divisor up to `top`, and down to top / divisor / final_divisor.

    steps         the length of the training; the rate is constant after it
    rising        the fraction of the steps in which the rate rises
    anneal        "cos" for half cosines, or "linear"
    three_phases  fall to the first rate in as many steps as the rise, then to the last rate

    Raises ValueError for an invalid number, or if a phase has no step. Smith and Topin:
    Super-convergence: very fast training of neural networks using large learning rates (2018).
    Equal to torch's OneCycleLR.
    """

    top: float
    steps: int
    rising: float = 0.3
    anneal: Anneal = "cos"
    divisor: float = 25.0
    final_divisor: float = 1e4
    three_phases: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        require_not_negative("OneCycle", top=self.top)
        require_positive("OneCycle", divisor=self.divisor, final_divisor=self.final_divisor)
        require_whole("OneCycle", 1, steps=self.steps)
        require_one_of("OneCycle", get_args(Anneal), anneal=self.anneal)
        ends = [0.0, *(end for end, _, _ in self._phases)]
        if any(b <= a for a, b in pairwise(ends)):
            raise ValueError(
                f"OneCycle was given {self.steps} steps of which the share {self.rising} rises, "
                "so that a phase would have no step. Give more steps, or another share."
            )

    @property
    def _phases(self) -> list[tuple[float, float, float]]:
        """The last step of each phase, with its first and last rate."""
        first, last = self.top / self.divisor, self.top / self.divisor / self.final_divisor
        up, end = self.rising * self.steps - 1, float(self.steps - 1)
        if self.three_phases:
            back = 2 * self.rising * self.steps - 2
            return [(up, first, self.top), (back, self.top, first), (end, first, last)]
        return [(up, first, self.top), (end, self.top, last)]

    def at(self, step: Tensor) -> Tensor:
        start, rate = 0.0, step * 0.0
        for end, first, last in self._phases:
            share = minimum(maximum((step - start) / (end - start), 0.0), 1.0)
            way = self._between(first, last, share)
            rate = where(step > start, way, rate) if start else way
            start = end
        return rate

    def _between(self, start: float, end: float, share: Tensor) -> Tensor:
        return between(start, end, share) if self.anneal == "cos" else start + (end - start) * share
