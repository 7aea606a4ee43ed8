"""The F1 of taggers whose word vectors were frozen, fine-tuned and retrained, compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from chainrule.ner.settings import VectorsMode
from chainrule.train.seed_figures import ranking, spread

MODES: tuple[VectorsMode, ...] = get_args(VectorsMode)

Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """By how much the F1 of the best way is above that of another: mean, and a 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low > 0

    def __str__(self) -> str:
        mean, low, high = (round(each, 2) + 0.0 for each in (self.mean, self.low, self.high))
        return f"{mean:.2f} (95% interval {low:.2f} to {high:.2f})"

    def as_dict(self) -> dict[str, float]:
        """Return the three numbers for JSON."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True, eq=False)
class Trial:
    """The F1 of taggers after brief trainings with the three modes of word vectors.

    f1           by mode: the F1 in percent on the held-out sentences, one per seed, (seeds,)
    differences  by other mode: how far the best mode is above it. The interval is that of a paired
                 bootstrap, in which held-out sentences and seeds are drawn again and again
    epochs       the epochs of every training
    sentences    the number of held-out sentences
    seconds      by mode: the duration of a training, on average
    requested    the number of seeds that were requested; more than there are if Ctrl-C was pressed
    """

    f1: dict[VectorsMode, Figures]
    differences: dict[VectorsMode, Difference]
    epochs: int
    sentences: int
    seconds: dict[VectorsMode, float]
    requested: int

    @property
    def ranking(self) -> list[VectorsMode]:
        """The modes, the one with the best mean F1 first."""
        return ranking(self.f1)

    @property
    def winner(self) -> VectorsMode | None:
        """The best mode, None if the interval of a difference to another one contains 0."""
        return self.ranking[0] if len(self.unbeaten) == 1 else None

    @property
    def unbeaten(self) -> list[VectorsMode]:
        """The best mode, and those that it is not clearly above."""
        first, *others = self.ranking
        return [first, *(each for each in others if not self.differences[each].is_clear)]

    @property
    def seeds(self) -> int:
        """The number of trainings of each mode."""
        return len(self.f1[self.ranking[0]])

    @property
    def verdict(self) -> str:
        """Which mode wins, by how much, in one sentence."""
        first, second = self.ranking[:2]
        if not self.f1[first].any():
            return "No clear winner: no entity was found. Train for more epochs, or on more data."
        seeds = "" if self.seeds > 1 else " With one seed, intervals leave out what a seed changes."
        if self.winner is not None:
            margin = self.differences[second]
            return f"{first} wins: its F1 is {margin} above that of {second}.{seeds}"
        others = self.unbeaten[1:]
        margins = " and ".join(f"{self.differences[each]} above {each}" for each in others)
        beaten = [each for each in self.ranking if each not in self.unbeaten]
        below = "".join(f"; {each} is clearly below" for each in beaten)
        return f"No clear winner: {first} is {margins}{below}.{seeds}"

    def spread(self, mode: VectorsMode) -> str:
        """Return the mean F1 of a mode, and its standard deviation over the seeds."""
        return spread(self.f1[mode], ".2f")

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "f1": {mode: each.tolist() for mode, each in self.f1.items()},
            "winner": self.winner,
            "differences": {mode: each.as_dict() for mode, each in self.differences.items()},
            "epochs": self.epochs,
            "seeds": self.seeds,
            "seeds_requested": self.requested,
            "held_out_sentences": self.sentences,
            "seconds_of_a_training": self.seconds,
        }
