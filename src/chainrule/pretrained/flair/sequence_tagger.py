"""Flair's sequence tagger: language models, a projection, an LSTM both ways, scores, a CRF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, Tensor, parameter
from chainrule.nn import LSTM, Linear, Module
from chainrule.nn.initial import generator
from chainrule.pretrained.flair.best_path import best_path
from chainrule.pretrained.flair.language_model import CharacterLanguageModel
from chainrule.train.evaluation import in_mode

START, STOP = "<START>", "<STOP>"


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

    def forward(self, vectors: Tensor | Array) -> Tensor:
        """Return the scores of tags (words, 1, tags) for vectors of words (words, 1, width)."""
        found = vectors if self.embedding2nn is None else self.embedding2nn(vectors)
        states = found if self.rnn is None else self.rnn(found)[0]
        scores: Tensor = self.linear(states)
        return scores

    def scores(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """Return the scores of the tags of each word of each sentence, float32 (words, tags)."""
        vectors = zip(*(each.word_vectors(sentences) for each in self.encoders), strict=True)
        with in_mode(self, False):
            return [self._scores(np.concatenate(each, axis=1)) for each in vectors]

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return the tag of each word of each sentence."""
        return [
            tuple(self.settings.tags[number] for number in self._best(each))
            for each in self.scores(sentences)
        ]

    def _scores(self, vectors: Array) -> Array:
        if not len(vectors):
            return np.zeros((0, len(self.settings.tags)), np.float32)
        found: Array = self(vectors[:, None]).read()[:, 0]
        return found

    def _best(self, scores: Array) -> list[int]:
        if self.transitions is None or not len(scores):
            return [int(each) for each in scores.argmax(axis=1)]
        first, last = (self.settings.tags.index(each) for each in (START, STOP))
        return best_path(scores, self.transitions.read(), first, last)
