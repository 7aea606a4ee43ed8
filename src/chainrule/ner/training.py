"""The training of taggers: epochs over shuffled windows, with evaluation on held-out data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.tagger import IdArray, Tagger
from chainrule.text import UNKNOWN_ID, Score, Sentence, require_labelled


@dataclass(frozen=True)
class Epoch:
    """The figures of one pass over the training data.

    number            the number of the epoch, from 1
    loss              the mean cross-entropy per word in nats, with dropout
    words_per_second  the speed of training, without evaluation
    score             the score on the held-out data after the epoch
    """

    number: int
    loss: float
    words_per_second: float
    score: Score

    @property
    def f1(self) -> float:
        """Entity F1 on the held-out data, in percent."""
        return self.score.overall.f1

    def as_dict(self) -> dict[str, float]:
        """Return the figures as plain numbers by name."""
        return {
            "epoch": self.number,
            "loss": self.loss,
            "words_per_second": self.words_per_second,
            "dev_precision": self.score.overall.precision,
            "dev_recall": self.score.overall.recall,
            "dev_f1": self.f1,
        }


def epochs(
    tagger: Tagger,
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    on_batch: Callable[[int, float], None] = lambda words, loss: None,
) -> Iterator[Epoch]:
    """Train `tagger` in place with its settings, and yield the figures of every epoch.

    on_batch  a function that is called with the number of words and the loss after every batch

    The same seed and data give the same weights, bit for bit, on the same machine. Raises
    SentenceError for sentences without tags. Raises TrainingError, before any step, for data
    without words, or with entity types that the tagger does not know.
    """
    train, dev = require_labelled(train), require_labelled(dev)
    for name, sentences in (("training", train), ("held-out", dev)):
        if not any(each.words for each in sentences):
            raise cr.train.TrainingError(
                f"The {name} data holds no word in {len(sentences)} sentences. Give sentences with "
                "words and their tags."
            )
    return _epochs(tagger, train, dev, tagger.targets(train), on_batch)


def _epochs(
    tagger: Tagger,
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    targets: IdArray,
    on_batch: Callable[[int, float], None],
) -> Iterator[Epoch]:
    settings = tagger.settings
    random = np.random.default_rng((settings.seed, 1))
    features = tagger.features([each.words for each in train])
    rare = settings.unknown_rate / (settings.unknown_rate + np.maximum(1, tagger.vocabulary.counts))
    rare[: UNKNOWN_ID + 1] = 0
    step = _step(tagger)
    tagger.network.train()
    for number in range(1, settings.epochs + 1):
        order = random.permutation(len(targets))
        start, total = time.perf_counter(), 0.0
        for first in range(0, len(order), settings.batch_size):
            batch = order[first : first + settings.batch_size]
            kinds = features.windows[batch]
            words = _with_unknown(features.words[kinds], rare, random)
            loss = float(step(words, features.capitals[kinds], targets[batch]))
            total += loss * len(batch)
            on_batch(len(batch), loss)
        rate = len(order) / (time.perf_counter() - start)
        yield Epoch(number, total / len(order), rate, tagger.evaluate(dev))


def _step(tagger: Tagger) -> Callable[..., cr.Tensor]:
    """Return the training step: forward, backward and Adam, from windows to the loss."""
    optimizer = cr.optim.Adam(tagger.network, learning_rate=tagger.settings.learning_rate)

    def step(words: cr.Tensor, capitals: cr.Tensor, targets: cr.Tensor) -> cr.Tensor:
        loss = cr.nn.cross_entropy(tagger.network(words, capitals), targets)
        optimizer.minimize(loss)
        return loss

    return cr.compile(step) if tagger.compiled else step


def _with_unknown(
    words: np.ndarray[Any, Any], rare: np.ndarray[Any, Any], random: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Replace rare words at random by the unknown word, so that its vector is trained."""
    return np.where(random.random(words.shape) < rare[words], UNKNOWN_ID, words)
