"""The features of different words ("forms"), computed once for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from chainrule.ner.features.affixes import Affixes
from chainrule.ner.features.characters import Characters
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
    """

    words: Array
    capitals: Array
    affixes: Array | None
    characters: Array | None
    given: Array | None

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

    def features(self, forms: Sequence[str]) -> FormFeatures:
        """Return the features of the padding and then of each form."""
        return FormFeatures(
            _padded(self.vocabulary.ids(forms)),
            _padded(capital_ids(forms)),
            None if self.affixes is None else _padded(self.affixes.ids(forms)),
            None if self.characters is None else _padded(self.characters.ids(forms)),
            None if self.vectors is None else _padded(_given(self.vectors, forms)),
        )


def _given(vectors: WordVectors, forms: Sequence[str]) -> Array:
    """Return the vectors of forms, float32; zeros for unknown ones."""
    rows = vectors.look_up(forms).rows
    found = np.zeros((len(rows), vectors.size), np.float32)
    known = rows != UNKNOWN_ROW
    found[known] = vectors.table[rows[known]]
    return found


def _padded(array: Array) -> Array:
    return np.concatenate([np.zeros((1, *array.shape[1:]), array.dtype), array])
