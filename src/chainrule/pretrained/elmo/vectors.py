"""Vectors of the words of many sentences, in batches of few shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.pretrained.elmo.batch import characters_of, sentence_edges
from chainrule.pretrained.sentences.grid_batches import grid_batches
from chainrule.pretrained.sentences.length_batches import LengthBatch

_SENTENCES = 1024  # sorted together
_WORDS = 1024  # of a batch of sentences
_ROWS = 64  # words whose own layer is computed together

Sentences = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Computing:
    """The two compiled parts of the network.

    own    from characters (words, longest) to the layer of words
    mixed  from that layer (batch, words + 2, projection) and lengths (batch,) to the result
    """

    own: Callable[[Any], Tensor]
    mixed: Callable[[Any, Any], Tensor]


def vectors_of(sentences: Sentences, longest: int, width: int, computing: Computing) -> list[Array]:
    """Return the vectors of each sentence, float32 (words, width)."""
    found: list[Array] = []
    for start in range(0, len(sentences), _SENTENCES):
        found += _some(sentences[start : start + _SENTENCES], longest, width, computing)
    return found


def _some(sentences: Sentences, longest: int, width: int, computing: Computing) -> list[Array]:
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, 3 + len(numbers)) for word in each] for each in sentences]
    table = _own_layer(list(numbers), longest, computing)
    found = [np.empty((0, width), np.float32)] * len(sentences)
    lengths = np.array([len(each) + 2 for each in sentences])
    for each in grid_batches(lengths, _WORDS):
        places = _places(each, rows)
        counts = np.zeros(each.rows, np.int64)
        counts[: len(each.chosen)] = lengths[each.chosen] - 2
        values = computing.mixed(table[places], counts).read()
        for row, number in enumerate(each.chosen):
            found[number] = np.array(values[row, : len(rows[number])])
    return found


def _places(shape: LengthBatch, rows: Sequence[Sequence[int]]) -> Array:
    """Return rows of the table (rows, tokens): 0 for no word, 1 and 2 around each sentence."""
    found = np.zeros((shape.rows, shape.tokens), np.int64)
    found[:, 0], found[:, 1] = 1, 2
    for row, number in zip(found, shape.chosen, strict=False):
        words = rows[number]
        row[1 : len(words) + 2] = *words, 2
    return found


def _own_layer(words: list[str], longest: int, computing: Computing) -> Array:
    """Return the layer of no word, of the words around a sentence, and of words."""
    nothing = np.zeros((1, longest), np.int32)
    characters = np.concatenate([nothing, sentence_edges(longest), characters_of(words, longest)])
    filled = np.zeros((-(-len(characters) // _ROWS) * _ROWS, longest), np.int32)
    filled[: len(characters)] = characters
    parts = [computing.own(filled[i : i + _ROWS]).read() for i in range(0, len(filled), _ROWS)]
    return np.concatenate(parts)
