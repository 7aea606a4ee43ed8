"""The features of different words ("forms"), computed once for each.

With a gazetteer, a form is a word and its marks, since these depend on the words beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from chainrule.ner.features.affixes import Affixes
from chainrule.ner.features.characters import Characters
from chainrule.ner.features.gazetteer import Gazetteer
from chainrule.ner.flat_sentences import FlatSentences, Form
from chainrule.text import Vocabulary, capital_ids
from chainrule.text.vectors import UNKNOWN_ROW, WordVectors

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class FormFeatures:
    """Arrays whose first axis is that of the forms; form 0 is the padding outside a sentence.

    words       int64 (forms,), ids of the vocabulary
    capitals    int64 (forms,)
    affixes     int64 (forms, 6), None without affixes
    characters  int64 (forms, 20), None without characters
    given       float32 (forms, size): the vectors of a file, None without vectors
    gazetteer   float32 (forms, marks), None without a gazetteer
    """

    words: Array
    capitals: Array
    affixes: Array | None
    characters: Array | None
    given: Array | None
    gazetteer: Array | None

    def arrays(self) -> dict[str, Array]:
        """Return the features that exist, by name."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: each for name, each in named.items() if each is not None}


@dataclass(frozen=True)
class Lexicon:
    """What is known about words: the tables from which features are looked up."""

    vocabulary: Vocabulary
    affixes: Affixes | None = None
    characters: Characters | None = None
    vectors: WordVectors | None = None
    gazetteer: Gazetteer | None = None

    def flat(self, sentences: Sequence[Sequence[str]]) -> FlatSentences:
        """Return the forms of the words of sentences."""
        words: list[Form] = [word for each in sentences for word in each]
        if self.gazetteer is not None:
            marks = [mark for each in sentences for mark in self.gazetteer.marks(each)]
            words = [*zip(words, marks, strict=True)]
        return FlatSentences(words, tuple(map(len, sentences)))

    def features(self, forms: Sequence[Form]) -> FormFeatures:
        """Return the features of the padding and then of each form."""
        words = [word_of(form) for form in forms]
        marks = [] if self.gazetteer is None else [form[1] for form in forms]
        return FormFeatures(
            _padded(self.vocabulary.ids(words)),
            _padded(capital_ids(words)),
            None if self.affixes is None else _padded(self.affixes.ids(words)),
            None if self.characters is None else _padded(self.characters.ids(words)),
            None if self.vectors is None else _padded(_given(self.vectors, words)),
            None if self.gazetteer is None else _padded(self.gazetteer.columns(marks)),
        )


def word_of(form: Form) -> str:
    """Return the word of a form."""
    return form if isinstance(form, str) else str(form[0])


def _given(vectors: WordVectors, forms: Sequence[str]) -> Array:
    """Return the vectors of forms, float32; zeros for unknown ones."""
    rows = vectors.look_up(forms).rows
    found = np.zeros((len(rows), vectors.size), np.float32)
    known = rows != UNKNOWN_ROW
    found[known] = vectors.table[rows[known]]
    return found


def _padded(array: Array) -> Array:
    return np.concatenate([np.zeros((1, *array.shape[1:]), array.dtype), array])
