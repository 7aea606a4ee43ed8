"""The training step: skip-gram or CBOW with negative samples, on a piece of text.

A step reads a piece of the text. Windows and negatives are drawn in it. All pairs of the piece have
the same negatives: each of the `SHARED` sampled words is a negative of every pair with the weight
negative / SHARED. The expectation is that of `negative` words drawn for each pair, and all of them
are one matrix product. Words around a word are found by products too: each run of `_RUN` words is
multiplied with the words from `window` before it to `window` after it, and a mask leaves out pairs
outside of the drawn windows. Gradients are rows of the two tables, updated by Adagrad.

Mikolov, Sutskever, Chen, Corrado, Dean: Distributed representations of words and phrases and their
compositionality (2013). Shared negatives: Ji, Satish, Li, Dubey: Parallelizing word2vec in shared
and distributed memory (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.word2vec.sampling import PIECE
from chainrule.word2vec.settings import Settings

_RUN = 16
SHARED = {"skip-gram": 128, "cbow": 32}  # negatives that all pairs of a step have


class Word2VecStep:
    """The parameters of a training, and its step.

    inputs, outputs  the tables, float32 (words, size): of words that predict, and of predicted ones
    """

    def __init__(
        self, words: int, negatives: npt.NDArray[np.int64], steps: int, settings: Settings
    ) -> None:
        self.settings = settings
        random = np.random.default_rng((settings.seed, 0))
        shape = words, settings.size
        first = (random.random(shape, np.float32) - 0.5) / settings.size
        self.inputs = cr.parameter(first.astype(np.float32), "inputs")
        self.outputs = cr.parameter(np.zeros(shape, np.float32), "outputs")
        self.stream = cr.random.Stream(settings.seed)
        self.optimizer = cr.optim.Adagrad(
            [self.inputs, self.outputs],
            _falling(settings.first_rate, steps),
            initial_accumulator=0.01,
        )
        self.negatives = cr.asarray(negatives)
        self.update, self.watched_update = cr.compile(self._update), cr.compile(self._watched)

    def _update(self, words: Any, passages: Any) -> cr.Tensor:
        """Make a step, and return the number of pairs: nothing else of the loss is computed.

        words, passages  int64 (window + PIECE + window,), see `Piece`
        """
        return self._minimized(words, passages)[1]

    def _watched(self, words: Any, passages: Any) -> cr.Tensor:
        """Make a step, and return the loss per pair: nats of the true word and its negatives."""
        loss, pairs = self._minimized(words, passages)
        return loss / cr.maximum(pairs, 1.0)

    def _minimized(self, words: Any, passages: Any) -> tuple[cr.Tensor, cr.Tensor]:
        score = self._cbow if self.settings.model == "cbow" else self._skip_gram
        loss, pairs = score(words, self._mask(passages))
        self.optimizer.minimize(loss)
        return loss, pairs

    def _mask(self, passages: Any) -> cr.Tensor:
        """Return which places are in the window of which words, float32 (runs, _RUN, places)."""
        window = self.settings.window
        width = cr.random.uniform(self.stream.key(), (PIECE // _RUN, _RUN, 1))
        inside = _distances(window) <= cr.floor(width * float(window)) + 1.0
        middle = passages[window : window + PIECE].reshape(-1, _RUN, 1)
        around = self._runs(passages, window).reshape(PIECE // _RUN, 1, -1)
        chosen: cr.Tensor = inside & (middle == around) & _others(window)
        return chosen.astype("float32")

    def _runs(self, values: Any, window: int) -> cr.Tensor:
        """Return the values around each run of words, (runs, _RUN + 2 window, ...)."""
        starts = np.arange(0, PIECE, _RUN)[:, None]
        return cr.take(values, starts + np.arange(_RUN + 2 * window), axis=0)

    def _skip_gram(self, words: Any, mask: cr.Tensor) -> tuple[cr.Tensor, cr.Tensor]:
        """Return the sum of the losses of all pairs, and their number."""
        window = self.settings.window
        middle = cr.take(self.inputs, words[window : window + PIECE], axis=0)
        around = cr.take(self.outputs, self._runs(words, window), axis=0)
        runs = middle.reshape(-1, _RUN, self.settings.size)
        scores = runs @ cr.permute_dims(around, (0, 2, 1))
        pairs = cr.sum(mask, axis=2).reshape(-1)
        loss = cr.sum(cr.softplus(-scores) * mask) + self._against_negatives(middle, pairs)
        return loss, cr.sum(pairs)

    def _cbow(self, words: Any, mask: cr.Tensor) -> tuple[cr.Tensor, cr.Tensor]:
        """Return the sum of the losses of all words, and the number of those with a context."""
        window = self.settings.window
        middle = cr.take(self.outputs, words[window : window + PIECE], axis=0)
        around = cr.take(self.inputs, self._runs(words, window), axis=0)
        count = cr.sum(mask, axis=2, keepdims=True)
        mean = ((mask / cr.maximum(count, 1.0)) @ around).reshape(-1, self.settings.size)
        weight = cr.minimum(count.reshape(-1), 1.0)
        positive = cr.sum(cr.softplus(-cr.sum(mean * middle, axis=1)) * weight)
        return positive + self._against_negatives(mean, weight), cr.sum(weight)

    def _against_negatives(self, vectors: cr.Tensor, weights: cr.Tensor) -> cr.Tensor:
        """Return the weighted losses of vectors (PIECE, size) against the shared negatives."""
        shared = SHARED[self.settings.model]
        bits = cr.random.bits(self.stream.key(), (shared,)).astype("int64") + 2**31
        drawn = cr.take(self.negatives, (bits * self.negatives.shape[0]) // 2**32, axis=0)
        scores = vectors @ cr.take(self.outputs, drawn, axis=0).T
        losses = cr.sum(cr.softplus(scores), axis=1)
        return cr.sum(losses * weights) * (self.settings.negative / shared)

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


def _falling(rate: float, steps: int) -> cr.optim.schedules.Linear:
    return cr.optim.schedules.Linear(rate, rate / 10, max(1, steps))


def _distances(window: int) -> npt.NDArray[np.float32]:
    places = np.arange(_RUN + 2 * window) - window
    found: npt.NDArray[np.float32] = np.abs(places - np.arange(_RUN)[:, None]).astype(np.float32)
    return found


def _others(window: int) -> npt.NDArray[np.bool_]:
    return _distances(window) > 0
