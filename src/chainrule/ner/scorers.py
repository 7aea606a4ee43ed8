"""Scores of tags for text: the network applied to many sentences at once, in inference mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.batches import grouped, places_of
from chainrule.ner.encoders import Window
from chainrule.ner.features import Lexicon
from chainrule.ner.flat_sentences import FlatSentences
from chainrule.ner.form_cache import FormCache, filled
from chainrule.ner.network import TaggerNetwork
from chainrule.text import flat_windows

Array = np.ndarray[Any, Any]

# Tokens scored at once: their scores stay in the cache.
_SCORED_AT_ONCE = 1 << 12


def scorer_of(network: TaggerNetwork, lexicon: Lexicon, compiled: bool) -> Scorer:
    """Return the scorer for the encoder of a network."""
    kind = WindowScorer if isinstance(network.encoder, Window) else SentenceScorer
    return kind(network, lexicon, compiled)


class Scorer:
    """Scores of many sentences.

    cache     what the network computes of each different word
    compiled  whether native code is used
    """

    cache: FormCache

    def __init__(self, network: TaggerNetwork, lexicon: Lexicon, compiled: bool) -> None:
        self._network, self._compiled = network, compiled
        weights = network.parameters()
        self.cache = FormCache(lexicon, self._prepared(self._of_words), weights)
        self.native = self._prepared(self._of_tokens)

    def scores(self, sentences: FlatSentences) -> Array:
        """Return the scores of every token, float32 (tokens, tags)."""
        raise NotImplementedError

    def _of_words(self, *features: Any) -> tuple[cr.Tensor, ...]:
        raise NotImplementedError

    def _of_tokens(self, *known: Any) -> tuple[cr.Tensor]:
        raise NotImplementedError

    def _prepared(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function without gradients: its results keep no copies of its arguments."""

        def stopped(*given: Any) -> tuple[cr.Tensor, ...]:
            return tuple(map(cr.stop_gradient, function(*given)))

        return cr.compile(stopped) if self._compiled else stopped


class WindowScorer(Scorer):
    """Scores of windows: terms per word and place are computed once, then looked up and added."""

    def scores(self, sentences: FlatSentences) -> Array:
        """Return the scores of every token, float32 (tokens, tags)."""
        rows = np.array(self.cache.rows(sentences.words), np.int64)
        encoder: Any = self._network.encoder
        windows = flat_windows(rows, sentences.lengths, encoder.places // 2)
        found = [
            self.native(filled(windows[part]), *self.cache.arrays)[0].read()[: len(windows[part])]
            for part in _slices(len(windows))
        ]
        return np.concatenate(found)

    def _of_words(self, *features: Any) -> tuple[cr.Tensor, ...]:
        encoder: Any = self._network.encoder
        parts: tuple[cr.Tensor, ...] = encoder.parts(self._network.vectors(*features))
        return parts

    def _of_tokens(self, *known: Any) -> tuple[cr.Tensor]:
        encoder: Any = self._network.encoder
        return (self._network.scores(encoder.from_parts(*known)),)


class SentenceScorer(Scorer):
    """Scores of whole sentences, in batches of similar length."""

    def scores(self, sentences: FlatSentences) -> Array:
        """Return the scores of every token, float32 (tokens, tags)."""
        rows = np.array(self.cache.rows(sentences.words), np.int64)
        lengths = np.array(sentences.lengths, np.int64)
        firsts = np.cumsum(lengths) - lengths
        scores = np.empty((len(rows), self._network.scores.weight.shape[0]), np.float32)
        for chosen, steps in grouped(sentences.lengths, _SCORED_AT_ONCE, np.arange(len(lengths))):
            places = places_of(lengths[chosen], firsts[chosen], steps)
            inside = places >= 0
            numbers = np.where(inside, rows[places], 0)
            found = self.native(lengths[chosen], numbers, *self.cache.arrays)[0].read()
            scores[places[inside]] = found[inside]
        return scores

    def _of_words(self, *features: Any) -> tuple[cr.Tensor, ...]:
        return (self._network.vectors(*features),)

    def _of_tokens(self, *known: Any) -> tuple[cr.Tensor]:
        lengths, numbers, vectors = known
        encoded = self._network.encoder(cr.take(vectors, numbers, axis=0), lengths)
        return (self._network.scores(encoded),)


def _slices(size: int) -> Iterator[slice]:
    return (slice(i, i + _SCORED_AT_ONCE) for i in range(0, max(size, 1), _SCORED_AT_ONCE))
