"""Trainings of taggers whose word vectors are frozen, fine-tuned and drawn, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from chainrule.ner.advice.bootstrap import Counts, bootstrap, entity_counts, f1
from chainrule.ner.settings import Settings, VectorsMode
from chainrule.ner.tagger import Tagger
from chainrule.ner.training import train
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors
from chainrule.train.seed_figures import ranking, spread

MODES: tuple[VectorsMode, ...] = get_args(VectorsMode)

_STEPS = 1500  # of a brief training, about
_FEWEST_EPOCHS = 3
_QUANTILES = 2.5, 97.5

Figures = npt.NDArray[np.float64]
OnTraining = Callable[[str, int], None]
OnBatch = Callable[[int], None]


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
        return f"{self.mean:.2f} (95% interval {self.low:.2f} to {self.high:.2f})"

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
        return f"No clear winner: {first} is {margins}.{seeds}"

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


def brief_epochs(words: int, settings: Settings) -> int:
    """Return the epochs that make about 1,500 steps: 3 or more, at most those of the settings."""
    wanted = -(-_STEPS * settings.batch_size // max(1, words))
    return min(max(_FEWEST_EPOCHS, wanted), max(_FEWEST_EPOCHS, settings.epochs))


def tried(
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    vectors: WordVectors,
    settings: Settings,
    seeds: int,
    compiled: bool,
    on_training: OnTraining,
    on_batch: OnBatch,
) -> Trial | None:
    """Train every mode with every seed; compare those seeds that all modes were trained with.

    Ctrl-C ends the trial; None is returned if a mode has not been trained at all by then.
    """
    runs: list[dict[VectorsMode, tuple[Counts, float]]] = []
    for seed in range(settings.seed, settings.seed + seeds):
        run: dict[VectorsMode, tuple[Counts, float]] = {}
        for mode in MODES:
            on_training(mode, seed)
            own = settings.model_copy(update={"vectors_mode": mode, "seed": seed})
            found = _trained(
                Tagger.for_corpus(train, own, vectors, None, compiled), train, dev, on_batch
            )
            if found is None:
                return _trial(runs, settings.epochs, seeds) if runs else None
            run[mode] = found
        runs.append(run)
    return _trial(runs, settings.epochs, seeds)


def _trained(
    tagger: Tagger, learned: Sequence[Sentence], dev: Sequence[Sentence], on_batch: OnBatch
) -> tuple[Counts, float] | None:
    """Return entity counts of held-out sentences, and seconds; None after Ctrl-C."""
    start = perf_counter()
    try:
        history = train(tagger, learned, dev, on_batch=lambda words, _: on_batch(words))
        if history.interrupted:
            return None
        seconds = perf_counter() - start
        return entity_counts(dev, tagger.tag([each.words for each in dev])), seconds
    except KeyboardInterrupt:
        return None


def _trial(
    runs: Sequence[Mapping[VectorsMode, tuple[Counts, float]]], epochs: int, requested: int
) -> Trial:
    counts = np.array([[each[mode][0] for each in runs] for mode in MODES])
    scores = dict(zip(MODES, f1(counts.sum(axis=2)), strict=True))
    seconds = {mode: float(np.mean([each[mode][1] for each in runs])) for mode in MODES}
    return Trial(scores, differences(scores, counts), epochs, counts.shape[2], seconds, requested)


def differences(
    scores: Mapping[VectorsMode, Figures], counts: Counts
) -> dict[VectorsMode, Difference]:
    """Return by how much the best mode is above each other one; counts in the order of scores."""
    modes, samples = [*scores], bootstrap(counts, np.random.default_rng(0))
    best = modes.index(ranking(scores)[0])
    found: dict[VectorsMode, Difference] = {}
    for place, mode in enumerate(modes):
        if place != best:
            low, high = np.percentile(samples[:, best] - samples[:, place], _QUANTILES)
            mean = scores[modes[best]].mean() - scores[mode].mean()
            found[mode] = Difference(float(mean), float(low), float(high))
    return found
