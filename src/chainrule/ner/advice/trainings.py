"""Trainings of taggers whose word vectors are frozen, fine-tuned and retrained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

import numpy as np

from chainrule.ner.advice.bootstrap import Counts, bootstrap, entity_counts, f1
from chainrule.ner.advice.trial import MODES, Difference, Figures, Trial
from chainrule.ner.settings import Settings, VectorsMode
from chainrule.ner.tagger import Tagger
from chainrule.ner.training import train
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors
from chainrule.train.seed_figures import ranking

_STEPS = 1500  # of a brief training, about
_FEWEST_EPOCHS = 3
_QUANTILES = 2.5, 97.5

OnTraining = Callable[[str, int], None]
OnBatch = Callable[[int], None]


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
            found = _trained(own, train, dev, vectors, compiled, on_batch)
            if found is None:
                return _trial(runs, settings.epochs, seeds) if runs else None
            run[mode] = found
        runs.append(run)
    return _trial(runs, settings.epochs, seeds)


def _trained(
    settings: Settings,
    learned: Sequence[Sentence],
    dev: Sequence[Sentence],
    vectors: WordVectors,
    compiled: bool,
    on_batch: OnBatch,
) -> tuple[Counts, float] | None:
    """Return entity counts of held-out sentences, and seconds; None after Ctrl-C."""
    try:
        tagger = Tagger.for_corpus(learned, settings, vectors, None, compiled)
        start = perf_counter()
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
