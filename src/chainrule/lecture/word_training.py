"""A linear classifier of words, trained with frozen vectors, or together with the vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.word_map import plane
from chainrule.lecture.words import UNSEEN, good

SEEN = ~UNSEEN


@dataclass(frozen=True)
class TrainedVectors:
    """Word vectors before and after training, (words, size), and labels, 1 for good.

    across  the weights of the score for good minus those for bad, (size,), and the bias
    """

    before: Array
    after: Array
    labels: Array
    across: tuple[Array, float]

    @property
    def margins(self) -> Array:
        """The score of the right class minus that of the wrong one, by word."""
        normal, bias = self.across
        return np.asarray((self.after @ normal + bias) * np.where(self.labels, 1, -1))

    @property
    def is_right(self) -> Array:
        """Whether each word is classified correctly."""
        return np.asarray(self.margins > 0)

    def places(self, vectors: Array) -> Array:
        """Return the distance of each vector to the boundary, and its place along it."""
        normal, bias = self.across
        return vectors @ plane(self.before, normal).T + [bias / np.linalg.norm(normal), 0]


def trained(vectors: Array, seed: int, frozen: bool) -> TrainedVectors:
    """Train a linear classifier and, unless frozen, the vectors on two names of each thing."""
    table = cr.nn.Embedding.from_vectors(vectors, frozen=frozen)
    scores = cr.nn.Linear(vectors.shape[1], 2, random=seed)
    model, labels = cr.nn.Sequential(table, scores), good(seed)
    data, optimizer = (np.flatnonzero(SEEN), labels[SEEN]), cr.optim.SGD(model, 4.0)
    cr.train.fit(model, optimizer, cr.nn.cross_entropy, data, epochs=100, progress=False)
    weights, biases = (each.read() for each in scores.parameters())
    across = weights[1] - weights[0], float(biases[1] - biases[0])
    return TrainedVectors(vectors, table.weight.read().copy(), labels, across)
