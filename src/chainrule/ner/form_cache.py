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
_MOST_ROWS = 2 * MOST_WORDS
_AT_ONCE = (16, 64, 256)  # forms that are computed together: few sizes, so that code is shared


class FormCache:
    """Rows of arrays by form; row 0 is that of the padding outside a sentence.

    compute  a function from features, arrays (words, ...), to tensors (words, ...)
    weights  the parameters that it depends on; if one changes, rows are computed again
    arrays   one per tensor, whose first axis is that of the rows
    dropped  how often all rows were dropped
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
        self.dropped = 0
        self.arrays: tuple[Array, ...] = ()

    def rows(self, words: Sequence[Form]) -> list[int]:
        """Return the row of each of at most `MOST_WORDS` words; missing rows are computed."""
        self.drop_if_changed()
        rows: list[Any] = list(map(self._row_of.get, words))
        if None in rows or not self._row_of:
            self._add(words)
            return [*map(self._row_of.__getitem__, words)]
        return rows

    def drop_if_changed(self) -> None:
        """Drop all rows if a weight has changed since they were computed."""
        version = [each.changed for each in self._weights]
        if version != self._version:
            self._version = version
            self._drop()

    def _drop(self) -> None:
        self._row_of = {}
        self.dropped += 1

    def _add(self, words: Sequence[Form]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._row_of]
        if len(self._row_of) + len(new) >= _MOST_ROWS:
            self._drop()
            new = [*dict.fromkeys(words)]
        features = [*self._lexicon.features(new).arrays().values()]
        first = len(self._row_of) + 1
        self._fill(0, [each[:1] for each in features], first + len(new))
        for begin in range(0, len(new), _AT_ONCE[-1]):
            some = slice(1 + begin, 1 + begin + _AT_ONCE[-1])
            self._fill(first + begin, [each[some] for each in features], first + len(new))
        self._row_of.update(zip(new, range(first, first + len(new)), strict=True))

    def _fill(self, first: int, features: Sequence[Array], end: int) -> None:
        """Compute the rows of some forms, from row `first` on; all rows together are `end`."""
        count = len(features[0])
        found = [each.read()[:count] for each in self._compute(*map(_filled, features))]
        if not all(np.isfinite(each).all() for each in found):
            raise cr.ChainruleError(NOT_FINITE)
        if not self.arrays or len(self.arrays[0]) < end:  # only a sentence can have so many words
            rows = max(_MOST_ROWS, end)  # the system provides their memory as they are written
            self.arrays = tuple(np.zeros((rows, *each.shape[1:]), np.float32) for each in found)
        for kept, each in zip(self.arrays, found, strict=True):
            kept[first : first + count] = each


NOT_FINITE = (
    "The network's scores of the tags are not finite, because its weights diverged in training. "
    "Train again with a smaller learning rate."
)


def _filled(array: Array) -> Array:
    """Return rows padded to one of the numbers of forms that are computed together."""
    size = next(each for each in _AT_ONCE if each >= len(array))
    missing = np.zeros((size - len(array), *array.shape[1:]), array.dtype)
    return np.concatenate([array, missing])
