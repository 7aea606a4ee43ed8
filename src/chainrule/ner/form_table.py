"""The features of the words of sentences, looked up by the place of a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.ner.features import Lexicon
from chainrule.ner.flat_sentences import FlatSentences, Form

Array = np.ndarray[Any, Any]


class FormTable:
    """The features of words.

    words       the forms of the words, one after the other
    contextual  the vectors of the words and of the padding, see `ContextualVectors.rows`
    by_form     the features of different words, by name
    """

    def __init__(
        self, lexicon: Lexicon, words: Sequence[Form], contextual: Array | None = None
    ) -> None:
        forms = [*dict.fromkeys(words)]
        number_of = {form: number for number, form in enumerate(forms, start=1)}
        numbers = [*map(number_of.__getitem__, words), 0]  # at position -1: padding
        self._numbers, self.by_form = np.array(numbers), lexicon.features(forms).arrays()
        self.contextual = contextual

    def features(self, places: Array) -> dict[str, Array]:
        """Return the features (..., ...) of the words at places, by name; -1 is padding."""
        numbers = self._numbers[places]
        found = {name: each[numbers] for name, each in self.by_form.items()}
        return (
            found if self.contextual is None else {**found, "contextual": self.contextual[places]}
        )


def table_of(lexicon: Lexicon, sentences: FlatSentences) -> FormTable:
    """Return the features of the words of whole sentences."""
    contextual = lexicon.contextual
    vectors = None if contextual is None else contextual.rows(sentences.sentences())
    return FormTable(lexicon, sentences.words, vectors)
