"""The slanted triangular schedule: a short rise, then a long fall."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import maximum, minimum, where
from chainrule.optim.checks import require_not_negative, require_whole
from chainrule.optim.schedules.schedule import Schedule


@dataclass(frozen=True)
class SlantedTriangular(Schedule):
    """A linear rise from top / ratio to `top` in the share `rising` of `steps`, and back down.

    The rate is top / ratio from then on. Raises ValueError for a negative rate, a share outside
    (0, 1), a ratio below 1, or fewer than one step. Howard and Ruder: Universal language model
    fine-tuning (2018), section 3.2.
    """

    top: float
    steps: int
    rising: float = 0.1
    ratio: float = 32.0

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        require_not_negative("SlantedTriangular", top=self.top)
        require_whole("SlantedTriangular", 1, steps=self.steps)
        if not 0 < self.rising < 1 or not self.ratio >= 1:
            raise ValueError(
                f"SlantedTriangular was given rising {self.rising} and ratio {self.ratio}. Give a "
                "share of the steps between 0 and 1, and a ratio of 1 or more."
            )

    def at(self, step: Tensor) -> Tensor:
        cut = max(1, int(self.steps * self.rising))
        falling = max(1, self.steps - cut)
        up = step / cut
        down = 1 - minimum((step - cut) / falling, 1.0)
        share = where(step < cut, up, maximum(down, 0.0))
        return self.top * (1 + share * (self.ratio - 1)) / self.ratio
