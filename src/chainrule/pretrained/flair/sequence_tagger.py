"""Flair's sequence tagger: language models, a projection, an LSTM both ways, scores, a CRF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor, parameter
from chainrule.nn import LSTM, Linear, Module, compile
from chainrule.nn.initial import generator
from chainrule.ops import stop_gradient
from chainrule.pretrained.flair.best_path import best_path
from chainrule.pretrained.flair.characters import IdArray
from chainrule.pretrained.flair.language_model import CharacterLanguageModel
from chainrule.train.evaluation import in_mode

START, STOP = "<START>", "<STOP>"
_AT_ONCE = 32  # sentences
_GRAIN = 16  # words: sentences are padded to multiples, so that texts share compiled code


@dataclass(frozen=True)
class FlairTaggerSettings:
    """What a sequence tagger is made of.

    tags       in the order of scores; those of a CRF with <START> and <STOP>
    hidden     the units of the LSTM per direction; 0 without an LSTM
    layers     its layers
    projected  whether the vectors of words are multiplied by a square matrix first
    crf        whether sequences of tags are scored
    """

    tags: tuple[str, ...]
    hidden: int
    layers: int
    projected: bool
    crf: bool


class FlairTagger(Module):
    """A sequence tagger of Flair, for inference: `tag(sentences)`.

    encoders  the language models whose vectors are concatenated, in this order
    """

    def __init__(
        self,
        encoders: Sequence[CharacterLanguageModel],
        settings: FlairTaggerSettings,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source, width = generator(random), sum(each.width for each in encoders)
        self.encoders, self.settings = list(encoders), settings
        self.embedding2nn = Linear(width, width, random=source) if settings.projected else None
        self.rnn = None
        if settings.hidden:
            self.rnn = LSTM(
                width, settings.hidden, layers=settings.layers, bidirectional=True, random=source
            )
            width = 2 * settings.hidden
        count = len(settings.tags)
        self.linear = Linear(width, count, random=source)
        self.transitions = parameter(np.zeros((count, count), np.float32)) if settings.crf else None

    def forward(self, vectors: Any, lengths: Any) -> Tensor:
        """Return the scores of tags (words, sentences, tags).

        vectors  those of the words, (words, sentences, width)
        lengths  integers (sentences,), the number of words of each sentence
        """
        found = vectors if self.embedding2nn is None else self.embedding2nn(vectors)
        states = found if self.rnn is None else self.rnn(found, lengths=lengths)[0]
        scores: Tensor = self.linear(states)
        return scores

    @compile
    def _inferred(self, vectors: Any, lengths: Any) -> Tensor:
        return stop_gradient(self(vectors, lengths))

    def scores(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """Return the scores of the tags of each word of each sentence, float32 (words, tags)."""
        parts = zip(*(each.word_vectors(sentences) for each in self.encoders), strict=True)
        vectors = [np.concatenate(each, axis=1) for each in parts]
        found = [np.zeros((len(each), len(self.settings.tags)), np.float32) for each in vectors]
        order = sorted((i for i, each in enumerate(vectors) if len(each)), key=_length_in(vectors))
        with in_mode(self, False):
            for begin in range(0, len(order), _AT_ONCE):
                chosen = order[begin : begin + _AT_ONCE]
                scores = self._inferred(*_padded([vectors[i] for i in chosen])).read()
                for column, i in enumerate(chosen):
                    found[i][:] = scores[: len(found[i]), column]
        return found

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return the tag of each word of each sentence."""
        return [
            tuple(self.settings.tags[number] for number in self._best(each))
            for each in self.scores(sentences)
        ]

    def _best(self, scores: Array) -> list[int]:
        if self.transitions is None or not len(scores):
            return [int(each) for each in scores.argmax(axis=1)]
        first, last = (self.settings.tags.index(each) for each in (START, STOP))
        return best_path(scores, self.transitions.read(), first, last)


def _padded(sentences: Sequence[Array]) -> tuple[Array, IdArray]:
    """Return the vectors of words as (words, sentences, width), and the lengths, in few shapes."""
    longest = max(map(len, sentences))
    shape = -(-longest // _GRAIN) * _GRAIN, 1 if len(sentences) == 1 else _AT_ONCE
    vectors = np.zeros((*shape, sentences[0].shape[1]), np.float32)
    lengths = np.ones(shape[1], np.int64)
    for column, each in enumerate(sentences):
        vectors[: len(each), column], lengths[column] = each, len(each)
    return vectors, lengths


def _length_in(vectors: Sequence[Array]) -> Callable[[int], int]:
    return lambda number: len(vectors[number])
