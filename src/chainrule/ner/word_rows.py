"""The rows of the form cache of texts whose words are numbers."""

from __future__ import annotations

import numpy as np

from chainrule.ner.form_cache import FormCache
from chainrule.text.numbered_text import NumberedText
from chainrule.text.string_numbers import IdArray, StringNumbers


class WordRows:
    """The row of each different word, kept from text to text while words have the same numbers."""

    def __init__(self, cache: FormCache) -> None:
        self._cache = cache
        self._known = StringNumbers()
        self._dropped = -1
        self._rows = np.zeros(0, np.int64)

    def of(self, text: NumberedText) -> IdArray:
        """Return the row of every word, int64 (words,); missing rows are computed."""
        self._cache.drop_if_changed()
        if text.known is not self._known or self._dropped != self._cache.dropped:
            self._known, self._dropped = text.known, self._cache.dropped
            self._rows = np.zeros(0, np.int64)
        self._rows = np.append(self._rows, np.zeros(len(self._known) - len(self._rows), np.int64))
        found = self._rows[text.words]
        if found.all():
            return found
        self._add(np.unique(text.words[found == 0]))
        if self._dropped != self._cache.dropped:  # the cache was full
            self._dropped = self._cache.dropped
            self._rows[:] = 0
            self._add(np.unique(text.words))
        return self._rows[text.words]

    def _add(self, words: IdArray) -> None:
        self._rows[words] = self._cache.rows(self._known.array()[words].tolist())
