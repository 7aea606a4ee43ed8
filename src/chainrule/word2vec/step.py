"""The training step: skip-gram or CBOW with negative samples, on a piece of text.

A step reads a piece of the text; windows and negatives are drawn in it. Words share negatives: each
of the sampled words is a negative of all words of a group (of all pairs of the piece with
skip-gram), with the weight negative / samples. The expectation is that of `negative` words drawn
for each pair, and the scores are matrix products. Gradients are rows of the two tables.

Mikolov, Sutskever, Chen, Corrado, Dean: Distributed representations of words and phrases and their
compositionality (2013). Shared negatives: Ji, Satish, Li, Dubey: Parallelizing word2vec in shared
and distributed memory (2016).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.word2vec.settings import Settings


@dataclass(frozen=True)
class Rows:
    """What a piece is computed from.

    inputs, outputs  the vectors of words that predict, and of predicted ones, (words, size)
    negatives        returns the rows of so many sampled words
    """

    inputs: cr.Tensor
    outputs: cr.Tensor
    negatives: Callable[[int], cr.Tensor]


class Word2VecStep(ABC):
    """The parameters of a training, and its step: what both models have in common.

    inputs, outputs  the tables, float32 (words, size): of words that predict, and of predicted ones
    shared           the sampled words of a group
    tables           the number of arrays of the size of a table that a training holds
    """

    shared: ClassVar[int]
    tables: ClassVar[int]

    def __init__(
        self,
        words: int,
        negatives: npt.NDArray[np.int32],
        piece: int,
        steps: int,
        settings: Settings,
    ) -> None:
        """Make the parameters.

        words      the number of words
        negatives  rows of words, of which one is drawn uniformly
        piece      words whose gradients one step sums
        steps      the number of steps in which the rate goes down
        """
        self.settings, self.piece = settings, piece
        random = np.random.default_rng((settings.seed, 0))
        shape = words, settings.size
        first = (random.random(shape, np.float32) - 0.5) / settings.size
        self.inputs = cr.parameter(first, "inputs")
        self.outputs = cr.parameter(np.zeros(shape, np.float32), "outputs")
        self.stream = cr.random.Stream(settings.seed)
        self.optimizer = self.make_optimizer([self.inputs, self.outputs], settings, max(1, steps))
        self.negatives = cr.asarray(negatives)
        self.update, self.watched_update = cr.compile(self._update), cr.compile(self._watched)

    @classmethod
    @abstractmethod
    def make_optimizer(
        cls, tables: list[cr.Parameter], settings: Settings, steps: int
    ) -> cr.optim.Optimizer:
        """Return the optimizer of tables, whose rate goes down in a number of steps."""

    @abstractmethod
    def loss(self, rows: Rows, words: Any, passages: Any) -> tuple[cr.Tensor, cr.Tensor]:
        """Return the sum of the losses of all pairs of a piece, and their number.

        words, passages  int32 (window + piece + window,), see `Piece`
        """

    def _update(self, words: Any, passages: Any) -> cr.Tensor:
        """Make a step, and return the number of pairs: nothing else of the loss is computed."""
        return self._minimized(words, passages)[1]

    def _watched(self, words: Any, passages: Any) -> cr.Tensor:
        """Make a step, and return the loss per pair: nats of the true word and its negatives."""
        loss, pairs = self._minimized(words, passages)
        return loss / cr.maximum(pairs, 1.0)

    def _minimized(self, words: Any, passages: Any) -> tuple[cr.Tensor, cr.Tensor]:
        rows = Rows(self.inputs, self.outputs, self._drawn)
        loss, pairs = self.loss(rows, words, passages)
        self.optimizer.minimize(loss)
        return loss, pairs

    @property
    def groups(self) -> int:
        """The number of groups of words of a piece, each with negatives of its own."""
        return 1

    def widths(self) -> cr.Tensor:
        """Draw the window of each word of a piece: whole numbers from 1, float32 (piece,)."""
        window = float(self.settings.window)
        drawn: cr.Tensor = cr.random.uniform(self.stream.key(), (self.piece,))
        return cr.floor(drawn * window) + 1.0

    def against_negatives(
        self, rows: Rows, vectors: cr.Tensor, weights: cr.Tensor, groups: int = 1
    ) -> cr.Tensor:
        """Return the weighted losses of vectors (piece, size) against the negatives of groups."""
        size, share = self.settings.size, self.settings.negative / self.shared
        drawn = rows.negatives(groups * self.shared)
        sampled = cr.take(rows.outputs, drawn, axis=0).reshape(groups, self.shared, size)
        scores = vectors.reshape(groups, -1, size) @ cr.permute_dims(sampled, (0, 2, 1))
        losses = cr.sum(cr.softplus(scores), axis=2).reshape(-1)
        return cr.sum(losses * weights) * share

    def _drawn(self, count: int) -> cr.Tensor:
        """Draw the rows of negatives."""
        bits = cr.random.bits(self.stream.key(), (count,)).astype("int64") + 2**31
        return cr.take(self.negatives, (bits * self.negatives.shape[0]) // 2**32, axis=0)

    @property
    def made(self) -> int:
        """The number of steps made."""
        return int(self.optimizer.steps.item())

    def state(self) -> dict[str, cr.Parameter]:
        """Return everything that a step changes, by name."""
        held = {"inputs": self.inputs, "outputs": self.outputs, "stream": self.stream.state}
        return held | {
            f"optimizer.{name}": each for name, each in self.optimizer.named_state().items()
        }
