"""A single sentence, tagged by one native call: windows, scores and Viterbi."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.features import Lexicon
from chainrule.ner.network import TaggerNetwork

Array = np.ndarray[Any, Any]

LONGEST = 64  # words
_GRAIN = 8  # lengths are rounded up to multiples of it, so that few versions are compiled
_KEPT = 1 << 12  # different words whose terms are kept
_FORBIDDEN = np.float32(-1e30)


class OneSentence:
    """Tags single sentences; for the window encoder.

    The terms of words (see `Window.parts`) are kept from call to call, until weights change.

    parts  the compiled function from the features of words to their terms
    """

    def __init__(
        self, network: TaggerNetwork, lexicon: Lexicon, parts: Callable[..., Sequence[cr.Tensor]]
    ) -> None:
        encoder: Any = network.encoder
        self._lexicon, self._parts, self._margin = lexicon, parts, encoder.places // 2
        self._weights, self._scores = network.parameters(), network.scores
        self._numbers: dict[str, int] = {}
        self._terms: tuple[Array, ...] = ()
        self._version: list[int] = []

        def best(windows: Any, length: Any, tables: Any, *terms: Any) -> cr.Tensor:
            bias, across, start, end = tables
            scores = network.scores(encoder.from_parts(windows, *terms)) + bias
            return best_sequence(scores, length, across, start, end)

        self._best = cr.compile(best)

    def tags(self, words: Sequence[str], tables: tuple[Array, ...]) -> list[int]:
        """Return the number of the best tag of each word.

        tables  float32: an addend of the scores, and the scores of transitions, start and end
        """
        self._learn(words)
        margin, count = self._margin, len(words)
        steps = -(-count // _GRAIN) * _GRAIN
        numbers = np.zeros(steps + 2 * margin, np.int64)
        numbers[margin : margin + count] = [self._numbers[word] for word in words]
        windows = np.lib.stride_tricks.as_strided(numbers, (steps, 2 * margin + 1), (8, 8)).copy()
        found = self._best(windows, np.array([count]), tables, *self._terms)
        tags: list[int] = found.read()[:count].tolist()
        return tags

    def _learn(self, words: Sequence[str]) -> None:
        """Compute the terms of words that are not kept yet."""
        version = [each.changed for each in self._weights]
        if version != self._version or len(self._numbers) + len(words) >= _KEPT:
            self._numbers, self._terms, self._version = {}, (), version
            _require_finite(self._scores.weight.read(), self._scores.bias.read())
        new = [word for word in dict.fromkeys(words) if word not in self._numbers]
        if not new:
            return
        features = self._lexicon.features(new).arrays()
        found = [
            each.read()[: len(new) + 1] for each in self._parts(*map(_filled, features.values()))
        ]
        _require_finite(*found)
        if not self._terms:
            self._terms = tuple(np.zeros((_KEPT, each.shape[1]), np.float32) for each in found)
        first = len(self._numbers) + 1
        for kept, each in zip(self._terms, found, strict=True):
            kept[0] = each[0]
            kept[first : first + len(new)] = each[1:]
        self._numbers.update(zip(new, range(first, first + len(new)), strict=True))


def best_sequence(scores: Any, length: Any, across: Any, start: Any, end: Any) -> cr.Tensor:
    """Return the best tags int64 (words,) by scores (words, tags); only `length` words count."""
    inside = np.arange(1, scores.shape[0])[:, None] < length
    same = np.arange(across.shape[0])

    def forward(best: cr.Tensor, at: tuple[cr.Tensor, cr.Tensor]) -> tuple[cr.Tensor, cr.Tensor]:
        score, is_inside = at
        through = cr.expand_dims(best, -1) + across
        reached = score + cr.max(through, axis=0)
        came_from = cr.argmax(through, axis=0)
        return cr.where(is_inside, reached, best), cr.where(is_inside, came_from, same)

    def back(tag: cr.Tensor, came_from: cr.Tensor) -> tuple[cr.Tensor, cr.Tensor]:
        before = cr.take(came_from, tag)
        return before, before

    reached, came_from = cr.scan(forward, scores[0] + start, (scores[1:], inside))
    last = cr.argmax(reached + end, axis=0)
    _, before = cr.scan(back, last, came_from, reverse=True)
    return cr.concat([before, last.reshape(1)], axis=0)


def float_tables(bias: Array, rules: Sequence[Array]) -> tuple[Array, ...]:
    """Return tables for `OneSentence.tags`: float32, with finite scores of what is forbidden."""
    masks = [
        np.where(each, 0, _FORBIDDEN) if each.dtype == np.bool_ else np.maximum(each, _FORBIDDEN)
        for each in rules
    ]
    return tuple(np.ascontiguousarray(each, np.float32) for each in (bias, *masks))


def _require_finite(*arrays: Array) -> None:
    if not all(np.isfinite(each).all() for each in arrays):
        raise cr.ChainruleError(
            "The network's scores of the tags are not finite, because its weights diverged in "
            "training. Train again with a smaller learning rate."
        )


def _filled(array: Array) -> Array:
    """Return rows padded to a multiple of 8."""
    missing = -len(array) % _GRAIN
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
