"""Scores and best tags of text whose words have vectors that depend on their sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.ner.flat_sentences import FlatSentences, Form
from chainrule.ner.form_cache import FormCache
from chainrule.ner.form_table import table_of
from chainrule.ner.lanes import Lanes, lanes_of
from chainrule.ner.scorers import POSITIONS, Scorer, Words
from chainrule.text.numbered_text import NumberedText

Array = np.ndarray[Any, Any]

_AT_ONCE = 256  # words whose parts are computed together


class TokenCache(FormCache):
    """What the network computes of each word of some sentences; nothing is kept for the next."""

    def fill(self, sentences: FlatSentences) -> Array:
        """Compute the row of every word; return their numbers, int64 (words,)."""
        table, count = table_of(self._lexicon, sentences), len(sentences.words)
        places = np.arange(-1, count)
        for begin in range(0, count + 1, _AT_ONCE):
            features = table.features(places[begin : begin + _AT_ONCE])
            self._fill(begin, [*features.values()], count + 1)
        return np.arange(1, count + 1)


class ContextualScorer(Scorer):
    """`Scorer` for taggers with contextual vectors: a row of the cache per word of the text."""

    cache: TokenCache
    cache_kind = TokenCache

    def tags_of_one(self, forms: Sequence[Form], tables: tuple[Any, ...]) -> list[int]:
        """Return the number of the best tag of every word of a sentence."""
        self.cache.fill(FlatSentences([*forms], (len(forms),)))
        return self._tags_of_rows(range(1, len(forms) + 1), tables)

    def _lanes(self, sentences: Words) -> Iterator[Lanes]:
        flat = sentences
        if isinstance(flat, NumberedText):
            flat = self._lexicon.flat(flat.sentences())
        return lanes_of(self.cache.fill(flat), flat.lengths, self._margin, POSITIONS)
