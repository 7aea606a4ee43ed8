"""Invented words with vectors and classes, and classifiers of them by three uses of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

import chainrule as cr
from chainrule.graph import Array

WORDS, SIZE, CLASSES = 4000, 32, 3
TESTED, STEPS, BATCH = 20_000, 1000, 128
_LINEAR = 0.8  # share of the variance of a class's score that the vector determines

Use = Literal["freeze", "fine-tune", "retrain"]


@dataclass(frozen=True)
class Language:
    """Words with vectors, classes and frequencies.

    vectors  float32 (words, size), of length 1
    classes  int64 (words,): the largest of three scores, which are linear in the vector plus a
             part of the word's own, which does not depend on it
    shares   how often each word occurs, (words,), as 1 / (rank + 5)
    """

    vectors: Array
    classes: Array
    shares: Array


@dataclass(frozen=True)
class Accuracy:
    """The share of test words whose class is right: of all, and of those not trained on."""

    all: float
    unseen: float


def language(seed: int) -> Language:
    """Return a language that is drawn with a seed."""
    random = np.random.default_rng(seed)
    vectors = _drawn(random)
    linear = vectors @ random.normal(size=(SIZE, CLASSES))
    own = random.normal(size=(WORDS, CLASSES))
    scores = np.sqrt(_LINEAR) * linear + np.sqrt(1 - _LINEAR) * own
    shares = 1 / (np.arange(WORDS) + 5)
    return Language(vectors, scores.argmax(axis=1), shares / shares.sum())


def accuracy(of: Language, labelled: int, use: Use, seed: int) -> Accuracy:
    """Train a network with a hidden layer on so many labelled words; return how well it does.

    freeze, fine-tune  starts from the vectors of the language, which are kept or trained
    retrain            starts from other random vectors, which are trained
    """
    random = np.random.default_rng([seed, labelled])
    words, tested = (random.choice(WORDS, n, p=of.shares) for n in (labelled, TESTED))
    given = _drawn(random) if use == "retrain" else of.vectors
    table = cr.nn.Embedding.from_vectors(given, frozen=use == "freeze")
    hidden, scores = (
        cr.nn.Linear(*sizes, random=seed + i) for i, sizes in enumerate([(SIZE, 32), (32, CLASSES)])
    )
    model = cr.nn.Sequential(table, hidden, cr.relu, scores)
    batch = min(labelled, BATCH)
    cr.train.fit(
        model,
        cr.optim.Adam(model, 0.003),
        cr.nn.cross_entropy,
        (words, of.classes[words]),
        epochs=-(-STEPS * batch // labelled),
        batch_size=batch,
        progress=False,
        seed=seed,
    )
    is_right = model(tested).read().argmax(axis=1) == of.classes[tested]
    is_unseen = ~np.isin(tested, words)
    return Accuracy(float(is_right.mean()), float(is_right[is_unseen].mean()))


def _drawn(random: np.random.Generator) -> Array:
    vectors = random.normal(size=(WORDS, SIZE)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
