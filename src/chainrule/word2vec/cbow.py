"""CBOW: the mean of the words around a word predicts it.

The mean is a sum of shifted rows of the text, each with a mask, and its backward is one too. As in
word2vec, every word around receives the whole gradient of the mean, not its share, and plain SGD
updates the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.step import Rows, Word2VecStep

_GROUP = 8  # words with the same negatives
_LAST_RATE = 0.004  # of the first, as in word2vec: from 0.025 to 0.0001


class CbowStep(Word2VecStep):
    """The step of CBOW, with SGD.

    The cosines of the vectors agree better with those of GloVe than after training with Adagrad, or
    with negatives that more words share.
    """

    shared = 16
    tables = 2

    @property
    def groups(self) -> int:
        """The number of groups of words of a piece, each with negatives of its own."""
        return self.piece // _GROUP

    @classmethod
    def make_optimizer(
        cls, tables: list[cr.Parameter], settings: Settings, steps: int
    ) -> cr.optim.Optimizer:
        """Return SGD."""
        rate = settings.first_rate
        falling = cr.optim.schedules.Linear(rate, rate * _LAST_RATE, steps)
        return cr.optim.SGD(tables, falling, rows="added")

    def loss(self, rows: Rows, words: Any, passages: Any) -> tuple[cr.Tensor, cr.Tensor]:
        """Return the sum of the losses of all words, and the number of those with a context."""
        window = self.settings.window
        masks = self._masks(passages)
        count = cr.sum(masks, axis=0)
        around = cr.take(rows.inputs, words, axis=0)
        share = (1.0 / cr.maximum(count, 1.0)).reshape(-1, 1)
        mean = window_mean(around, masks.reshape(*masks.shape, 1), share)
        target = cr.take(rows.outputs, words[window : window + self.piece], axis=0)
        weight = cr.minimum(count, 1.0)
        positive = cr.sum(cr.softplus(-cr.sum(mean * target, axis=1)) * weight)
        negative = self.against_negatives(rows, mean, weight, self.groups)
        return positive + negative, cr.sum(weight)

    def _masks(self, passages: Any) -> cr.Tensor:
        """Return whether the word at each offset is around each word, float32 (2 window, piece)."""
        window, widths = self.settings.window, self.widths()
        distances = np.array([[abs(each)] for each in _offsets(window)], np.float32)
        starts = (window + each for each in _offsets(window))
        around = cr.stack([passages[start : start + self.piece] for start in starts])
        middle = passages[window : window + self.piece]
        chosen: cr.Tensor = (distances <= widths) & (around == middle)
        return chosen.astype("float32")


@cr.gate(says="passes the whole gradient of a mean to every word around")
def window_mean(rows: cr.Tensor, masks: cr.Tensor, share: cr.Tensor) -> cr.Tensor:
    """Return the mean of the rows around each word.

    rows   (window + n + window, size)
    masks  (2 window, n, 1): whether the row at each offset is around each word
    share  (n, 1): one divided by how many are

    The backward is that of the sum: the share is left out.
    """
    (offsets, n, _), window = masks.shape, len(masks) // 2
    starts = (window + each for each in _offsets(window))
    shifted = (rows[start : start + n] for start in starts)
    return _sum(masks[i] * each for i, each in zip(range(offsets), shifted, strict=True)) * share


@window_mean.backward
def _to_words_around(
    upstream: cr.Tensor, output: cr.Tensor, rows: cr.Tensor, masks: cr.Tensor, share: cr.Tensor
) -> tuple[cr.Tensor, None, None]:
    window, extent = len(masks) // 2, len(rows)
    outside = (2 * window, 2 * window), (0, 0)
    wide, wide_masks = cr.pad(upstream, outside), cr.pad(masks, ((0, 0), *outside))
    starts = [window - each for each in _offsets(window)]
    parts = (
        wide_masks[i][start : start + extent] * wide[start : start + extent]
        for i, start in enumerate(starts)
    )
    return _sum(parts), None, None


def _offsets(window: int) -> Iterator[int]:
    """Yield the distances to the words around a word, with their sign."""
    return (each for each in range(-window, window + 1) if each)


def _sum(parts: Iterable[cr.Tensor]) -> cr.Tensor:
    return reduce(add, parts)
