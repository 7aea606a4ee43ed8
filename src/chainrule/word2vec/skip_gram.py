"""Skip-gram: a word predicts each word around it.

Words around a word are found by products: each run of words is multiplied with the words from
`window` before it to `window` after it, and a mask leaves out pairs outside of the drawn windows.
All pairs of a step have the same negatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.step import Rows, Word2VecStep

_RUN = 16
_LAST_RATE = 0.1  # of the first


class SkipGramStep(Word2VecStep):
    """The step of skip-gram, with Adagrad: a gradient is a sum over many pairs."""

    shared = 128
    tables = 4

    @classmethod
    def make_optimizer(
        cls, tables: list[cr.Parameter], settings: Settings, steps: int
    ) -> cr.optim.Optimizer:
        """Return Adagrad."""
        rate = settings.first_rate
        return cr.optim.Adagrad(
            tables,
            cr.optim.schedules.Linear(rate, rate * _LAST_RATE, steps),
            initial_accumulator=0.01,
        )

    def loss(self, rows: Rows, words: Any, passages: Any) -> tuple[cr.Tensor, cr.Tensor]:
        """Return the sum of the losses of all pairs, and their number."""
        window, size = self.settings.window, self.settings.size
        mask = self._mask(passages)
        middle = cr.take(rows.inputs, words[window : window + self.piece], axis=0)
        around = cr.take(rows.outputs, self._runs(words), axis=0)
        scores = middle.reshape(-1, _RUN, size) @ cr.permute_dims(around, (0, 2, 1))
        pairs = cr.sum(mask, axis=2).reshape(-1)
        loss = cr.sum(cr.softplus(-scores) * mask) + self.against_negatives(rows, middle, pairs)
        return loss, cr.sum(pairs)

    def _mask(self, passages: Any) -> cr.Tensor:
        """Return which places are in the window of which words, float32 (runs, _RUN, places)."""
        window, distances = self.settings.window, self._distances()
        inside = distances <= self.widths().reshape(-1, _RUN, 1)
        middle = passages[window : window + self.piece].reshape(-1, _RUN, 1)
        around = self._runs(passages).reshape(self.piece // _RUN, 1, -1)
        chosen: cr.Tensor = inside & (middle == around) & (distances > 0)
        return chosen.astype("float32")

    def _runs(self, values: Any) -> cr.Tensor:
        """Return the values around each run of words, (runs, _RUN + 2 window)."""
        starts = np.arange(0, self.piece, _RUN)[:, None]
        return cr.take(values, starts + np.arange(_RUN + 2 * self.settings.window), axis=0)

    def _distances(self) -> npt.NDArray[np.float32]:
        window = self.settings.window
        places = np.arange(_RUN + 2 * window) - window
        found: npt.NDArray[np.float32] = np.abs(places - np.arange(_RUN)[:, None]).astype("f4")
        return found
