"""Intervals for differences of F1: a paired bootstrap over sentences and seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chainrule.text import Sentence, spans

SAMPLES = 2000
_AT_ONCE = 1 << 22  # weights of sentences

Counts = npt.NDArray[np.int64]


def entity_counts(gold: Sequence[Sentence], tags: Sequence[Sequence[str]]) -> Counts:
    """Return correct, found and gold entities of every sentence, int64 (sentences, 3)."""
    pairs = (({*spans(each.tags)}, {*spans(found)}) for each, found in zip(gold, tags, strict=True))
    rows = [(len(right & found), len(found), len(right)) for right, found in pairs]
    return np.array(rows, np.int64).reshape(-1, 3)


def f1(counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return F1 in percent from sums of correct, found and gold entities, (..., 3)."""
    correct, found, gold = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    total = found + gold
    return np.asarray(200 * correct / np.where(total > 0, total, 1))


def bootstrap(counts: Counts, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return the mean F1 over the seeds in random samples, (samples, ways of training).

    counts  int64 (ways, seeds, sentences, 3), see `entity_counts`

    Sentences and seeds are drawn with replacement, the same for all ways: a paired bootstrap
    (Efron and Tibshirani: An introduction to the bootstrap, 1993; for F1, Berg-Kirkpatrick, Burkett
    and Klein: An empirical investigation of statistical significance in NLP, 2012).
    """
    ways, seeds, sentences, _ = counts.shape
    flat = np.moveaxis(counts, 2, 0).reshape(sentences, -1).astype(np.float64)
    found = np.empty((SAMPLES, ways, seeds))
    step = max(1, _AT_ONCE // sentences)
    for start in range(0, SAMPLES, step):
        size = min(step, SAMPLES - start)
        weights = random.multinomial(sentences, np.full(sentences, 1 / sentences), size)
        found[start : start + size] = f1((weights @ flat).reshape(size, ways, seeds, 3))
    drawn = random.integers(seeds, size=(SAMPLES, seeds))
    return np.asarray(np.take_along_axis(found, drawn[:, None, :], axis=2).mean(axis=2))
