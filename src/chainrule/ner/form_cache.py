"""What the network computes of each different form of a word, kept from call to call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.features import Lexicon
from chainrule.ner.flat_sentences import Form

Array = np.ndarray[Any, Any]

MOST_WORDS = 1 << 14  # of one look-up
_MOST_ROWS, _FEWEST_ROWS = 2 * MOST_WORDS, 1 << 10
_GRAIN = 16


class FormCache:
    """Rows of arrays by form; row 0 is that of the padding outside a sentence.

    compute  a function from features, arrays (words, ...), to tensors (words, ...)
    weights  the parameters that it depends on; if one changes, rows are computed again
    arrays   one per tensor, whose first axis is that of the rows
    """

    def __init__(
        self,
        lexicon: Lexicon,
        compute: Callable[..., Sequence[cr.Tensor]],
        weights: Sequence[cr.Parameter],
    ) -> None:
        self._lexicon, self._compute, self._weights = lexicon, compute, tuple(weights)
        self._row_of: dict[Form, int] = {}
        self._version: list[int] = []
        self.arrays: tuple[Array, ...] = ()

    def rows(self, words: Sequence[Form]) -> list[int]:
        """Return the row of each of at most `MOST_WORDS` words; missing rows are computed."""
        version = [each.changed for each in self._weights]
        if version != self._version:
            self._row_of, self._version = {}, version
        rows: list[Any] = list(map(self._row_of.get, words))
        if None in rows or not self._row_of:
            self._add(words)
            return [*map(self._row_of.__getitem__, words)]
        return rows

    def _add(self, words: Sequence[Form]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._row_of]
        if len(self._row_of) + len(new) >= _MOST_ROWS:
            self._row_of, new = {}, [*dict.fromkeys(words)]
        features = self._lexicon.features(new).arrays().values()
        found = [each.read()[: len(new) + 1] for each in self._compute(*map(filled, features))]
        if not all(np.isfinite(each).all() for each in found):
            raise cr.ChainruleError(NOT_FINITE)
        first = len(self._row_of) + 1
        self._make_room(first + len(new), found)
        for kept, each in zip(self.arrays, found, strict=True):
            kept[0] = each[0]
            kept[first : first + len(new)] = each[1:]
        self._row_of.update(zip(new, range(first, first + len(new)), strict=True))

    def _make_room(self, rows: int, like: Sequence[Array]) -> None:
        """Make arrays of at least so many rows, a power of 2, with the rows so far."""
        if self.arrays and rows <= len(self.arrays[0]):
            return
        wanted = max(_FEWEST_ROWS, 1 << (rows - 1).bit_length())
        larger = tuple(np.zeros((wanted, *each.shape[1:]), each.dtype) for each in like)
        for new, old in zip(larger, self.arrays, strict=False):
            new[: len(old)] = old
        self.arrays = larger


NOT_FINITE = (
    "The network's scores of the tags are not finite, because its weights diverged in training. "
    "Train again with a smaller learning rate."
)


def filled(array: Array) -> Array:
    """Return rows padded by at most an eighth, so that texts of similar length share code."""
    grain = max(_GRAIN, 1 << max(0, len(array).bit_length() - 4))
    missing = -len(array) % grain
    if not missing:
        return array
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
