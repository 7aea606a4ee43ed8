"""A single sentence, tagged by one native call: windows, scores and Viterbi."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.flat_sentences import Form
from chainrule.ner.form_cache import NOT_FINITE, FormCache
from chainrule.ner.network import TaggerNetwork

Array = np.ndarray[Any, Any]

LONGEST = 64  # words
_GRAIN = 8  # lengths are rounded up to multiples of it, so that few versions are compiled
_FORBIDDEN = np.float32(-1e30)


class OneSentence:
    """Tags single sentences; for the window encoder.

    cache  the terms of words, see `Window.parts`
    """

    def __init__(self, network: TaggerNetwork, cache: FormCache) -> None:
        encoder: Any = network.encoder
        self._cache, self._margin = cache, encoder.places // 2
        self._checked_weights, self._checked = network.scores.parameters(), [-1]

        def best(windows: Any, length: Any, tables: Any, *terms: Any) -> cr.Tensor:
            bias, across, start, end = tables
            scores = network.scores(encoder.from_parts(windows, *terms)) + bias
            return best_sequence(scores, length, across, start, end)

        self._best = cr.compile(best)

    def tags(self, words: Sequence[Form], tables: tuple[Array, ...]) -> list[int]:
        """Return the number of the best tag of each word.

        words   their forms, see `Lexicon.flat`
        tables  float32: an addend of the scores, and the scores of transitions, start and end
        """
        rows = self._cache.rows(words)
        self._require_finite()
        margin, count = self._margin, len(words)
        steps = -(-count // _GRAIN) * _GRAIN
        numbers = np.zeros(steps + 2 * margin, np.int64)
        numbers[margin : margin + count] = rows
        windows = np.lib.stride_tricks.as_strided(numbers, (steps, 2 * margin + 1), (8, 8)).copy()
        found = self._best(windows, np.array([count]), tables, *self._cache.arrays)
        tags: list[int] = found.read()[:count].tolist()
        return tags

    def _require_finite(self) -> None:
        """Raise ChainruleError if the weights of the scores are not finite."""
        version = [each.changed for each in self._checked_weights]
        if version != self._checked:
            if not all(np.isfinite(each.read()).all() for each in self._checked_weights):
                raise cr.ChainruleError(NOT_FINITE)
            self._checked = version


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
