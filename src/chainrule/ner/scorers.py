"""Scores of tags for text: the network applied to many sentences at once, in inference mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.batches import grouped, places_of
from chainrule.ner.encoders import Window
from chainrule.ner.features import Lexicon
from chainrule.ner.network import TaggerNetwork
from chainrule.ner.token_forms import TokenForms
from chainrule.text import flat_windows

Array = np.ndarray[Any, Any]

# Tokens scored at once: their scores stay in the cache.
_SCORED_AT_ONCE = 1 << 12
_FEWEST = 16


def scorer_of(network: TaggerNetwork, lexicon: Lexicon) -> WindowScorer | SentenceScorer:
    """Return the scorer for the encoder of a network."""
    kind = WindowScorer if isinstance(network.encoder, Window) else SentenceScorer
    return kind(network, lexicon)


class WindowScorer:
    """Scores of windows: terms per form and place are computed once, then looked up and added."""

    def __init__(self, network: TaggerNetwork, lexicon: Lexicon) -> None:
        encoder: Any = network.encoder
        self._lexicon, self._margin = lexicon, encoder.places // 2
        self.functions = {
            "parts": lambda *features: encoder.parts(network.vectors(*features)),
            "scores": lambda *known: network.scores(encoder.from_parts(*known)),
        }
        self.native = {name: cr.compile(each) for name, each in self.functions.items()}

    def scores(self, tokens: TokenForms, compiled: bool) -> Array:
        """Return the scores of every token, float32 (tokens, tags)."""
        use = self.native if compiled else self.functions
        features = self._lexicon.features(tokens.forms).arrays()
        parts = use["parts"](*map(padded, features.values()))
        windows = flat_windows(tokens.numbers, tokens.lengths, self._margin)
        found = [
            use["scores"](padded(windows[part]), *parts).read()[: len(windows[part])]
            for part in _slices(len(windows))
        ]
        return np.concatenate(found)


class SentenceScorer:
    """Scores of whole sentences, in batches of similar length."""

    def __init__(self, network: TaggerNetwork, lexicon: Lexicon) -> None:
        self._lexicon, self._tags = lexicon, network.scores.weight.shape[0]

        def scores(lengths: Any, numbers: Any, vectors: Any) -> cr.Tensor:
            return network.scores(network.encoder(vectors[numbers], lengths))

        self.functions = {"vectors": network.vectors, "scores": scores}
        self.native = {name: cr.compile(each) for name, each in self.functions.items()}

    def scores(self, tokens: TokenForms, compiled: bool) -> Array:
        """Return the scores of every token, float32 (tokens, tags)."""
        use = self.native if compiled else self.functions
        features = self._lexicon.features(tokens.forms).arrays()
        vectors = use["vectors"](*map(padded, features.values()))
        lengths = np.array(tokens.lengths, np.int64)
        firsts = np.cumsum(lengths) - lengths
        scores = np.empty((len(tokens.numbers), self._tags), np.float32)
        for sentences, steps in grouped(tokens.lengths, _SCORED_AT_ONCE, np.arange(len(lengths))):
            places = places_of(lengths[sentences], firsts[sentences], steps)
            numbers = np.where(places < 0, 0, tokens.numbers[places])
            found = use["scores"](lengths[sentences], numbers, vectors).read()
            scores[places[places >= 0]] = found[places >= 0]
        return scores


def padded(array: Array) -> Array:
    """Return rows padded by at most an eighth, so that texts of similar length share code."""
    grain = max(_FEWEST, 1 << max(0, len(array).bit_length() - 4))
    missing = -len(array) % grain
    if not missing:
        return array
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])


def _slices(size: int) -> Iterator[slice]:
    return (slice(i, i + _SCORED_AT_ONCE) for i in range(0, max(size, 1), _SCORED_AT_ONCE))
