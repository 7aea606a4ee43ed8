"""The features of different words ("forms"), computed once for each.

If a feature depends on the sentence, a form is a word and what is read beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import repeat
from typing import Any

import numpy as np

from chainrule.ner.features.affixes import Affixes, texts_beside
from chainrule.ner.features.characters import Characters
from chainrule.ner.features.contextual import ContextualVectors
from chainrule.ner.features.gazetteer import Gazetteer
from chainrule.ner.features.sentence_case import sentence_case
from chainrule.ner.flat_sentences import FlatSentences, Form, FormInSentence
from chainrule.text import CAPITALS, Vocabulary, capital_ids
from chainrule.text.vectors import UNKNOWN_ROW, WordVectors

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class FormFeatures:
    """Arrays whose first axis is that of the forms; form 0 is the padding outside a sentence.

    words       int64 (forms,), ids of the vocabulary
    capitals    int64 (forms,), the capitalisation of the word, for each case of sentences
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
    """What is known about words: the tables from which features are looked up.

    contextual        what gives words the vectors that they have in their sentence
    reads_case        whether capitalisation depends on the case of the sentence
    reads_neighbours  whether affixes are those of the text around a character, not of a word
    """

    vocabulary: Vocabulary
    affixes: Affixes | None = None
    characters: Characters | None = None
    vectors: WordVectors | None = None
    gazetteer: Gazetteer | None = None
    contextual: ContextualVectors | None = None
    reads_case: bool = False
    reads_neighbours: bool = False

    @property
    def reads_sentences(self) -> bool:
        """Whether features of a word depend on its sentence."""
        return self.gazetteer is not None or self.reads_case or self.reads_neighbours

    def flat(self, sentences: Sequence[Sequence[str]]) -> FlatSentences:
        """Return the forms of the words of sentences."""
        words: list[Form] = [word for each in sentences for word in each]
        if self.reads_sentences:
            words = [form for each in sentences for form in self._in_sentence(each)]
        return FlatSentences(words, tuple(map(len, sentences)))

    def _in_sentence(self, words: Sequence[str]) -> Iterator[FormInSentence]:
        marks = repeat(0) if self.gazetteer is None else self.gazetteer.marks(words)
        case = sentence_case(words) if self.reads_case else 0
        begun, ended = texts_beside(words) if self.reads_neighbours else (words, words)
        return map(FormInSentence, words, marks, repeat(case), begun, ended)

    def features(self, forms: Sequence[Form]) -> FormFeatures:
        """Return the features of the padding and then of each form."""
        words, marks, cases, begun, ended = _columns(forms)
        capitals = capital_ids(words) + len(CAPITALS) * np.array(cases, np.int64)
        return FormFeatures(
            _padded(self.vocabulary.ids(words)),
            _padded(capitals),
            None if self.affixes is None else _padded(self.affixes.ids(begun, ended)),
            None if self.characters is None else _padded(self.characters.ids(words)),
            None if self.vectors is None else _padded(_given(self.vectors, words)),
            None if self.gazetteer is None else _padded(self.gazetteer.columns(marks)),
        )


def _columns(forms: Sequence[Form]) -> tuple[Sequence[Any], ...]:
    """Return words, marks, cases, and the texts of prefixes and suffixes."""
    if not forms or isinstance(forms[0], str):
        return forms, [0] * len(forms), [0] * len(forms), forms, forms
    return tuple(zip(*forms, strict=True))


def _given(vectors: WordVectors, forms: Sequence[str]) -> Array:
    """Return the vectors of forms, float32; zeros for unknown ones."""
    rows = vectors.look_up(forms).rows
    found = np.zeros((len(rows), vectors.size), np.float32)
    known = rows != UNKNOWN_ROW
    found[known] = vectors.table[rows[known]]
    return found


def _padded(array: Array) -> Array:
    return np.concatenate([np.zeros((1, *array.shape[1:]), array.dtype), array])
