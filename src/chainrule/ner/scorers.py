"""Scores and best tags of text: the network applied to many sentences at once, for inference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.encoders import Pretrained, margin_of
from chainrule.ner.features import Lexicon
from chainrule.ner.flat_sentences import FlatSentences, Form
from chainrule.ner.form_cache import NOT_FINITE, FormCache
from chainrule.ner.lanes import Lanes, lanes_of
from chainrule.ner.network import TaggerNetwork
from chainrule.ner.settings import Settings
from chainrule.ner.viterbi import best_sequences
from chainrule.ner.word_rows import WordRows
from chainrule.text.numbered_text import NumberedText

Array = np.ndarray[Any, Any]
Words = FlatSentences | NumberedText  # where no feature reads the sentence

POSITIONS = 1 << 12  # positions computed at once: their hidden layer stays in the cache

LONGEST = 64  # words of a sentence that is tagged alone
_GRAIN = 8  # their number is rounded up to multiples of it


class Scorer:
    """Scores and tags of many sentences, each batch in one native call.

    What the network computes of a word alone is looked up, see `FormCache`. Sentences are in lanes,
    so that texts of any size share compiled code.

    cache       what the network computes of each different word
    cache_kind  the class of the cache
    compiled    whether native code is used
    """

    cache_kind = FormCache

    def __init__(
        self, network: TaggerNetwork, lexicon: Lexicon, settings: Settings, compiled: bool
    ) -> None:
        encoder = network.encoder
        assert not isinstance(encoder, Pretrained)
        self._network, self._encoder, self._compiled = network, encoder, compiled
        self._margin = margin_of(settings)
        self._lexicon = lexicon
        computed = self._prepared(self._of_words)
        self.cache = self.cache_kind(lexicon, computed, network.parameters())
        self._word_rows = WordRows(self.cache)
        self.native_scores = self._prepared(self._of_lanes)
        self.native_tags = self._prepared(self._best)

    def scores(self, sentences: Words) -> Array:
        """Return the scores of every token, float32 (tokens, tags).

        Raises ChainruleError if they are not finite.
        """
        found = [np.empty((0, self._network.scores.weight.shape[0]), np.float32)]
        for lanes in self._lanes(sentences):
            scores = self.native_scores(lanes.numbers, *self.cache.arrays)[0].read()
            found.append(scores.reshape(-1, scores.shape[-1])[lanes.slots])
        scores = np.concatenate(found)
        if not np.isfinite(scores).all():
            raise cr.ChainruleError(NOT_FINITE)
        return scores

    def tags(self, sentences: Words, tables: tuple[Any, ...]) -> Array:
        """Return the numbers of the best tags of every token, int64 (tokens,).

        tables  an addend of the scores, float32 (tags,), and the scores of transitions, start and
                end, see `best_sequences`

        Raises ChainruleError if scores are not finite.
        """
        found = [np.empty(0, np.int64)]
        for lanes in self._lanes(sentences):
            found.append(self._called(lanes.numbers, tables).reshape(-1)[lanes.slots])
        return np.concatenate(found)

    def tags_of_one(self, forms: Sequence[Form], tables: tuple[Any, ...]) -> list[int]:
        """Return the number of the best tag of every word of a sentence of 1 to `LONGEST` words.

        The same as `tags`, in less time.
        """
        return self._tags_of_rows(self.cache.rows(forms), tables)

    def _tags_of_rows(self, rows: Sequence[int], tables: tuple[Any, ...]) -> list[int]:
        count = len(rows)
        steps = -(-count // _GRAIN) * _GRAIN
        numbers = np.zeros((steps + 2 * self._margin, 1), np.int64)
        numbers[self._margin : self._margin + count, 0] = rows
        tags: list[int] = self._called(numbers, tables)[:count, 0].tolist()
        return tags

    def _called(self, numbers: Array, tables: tuple[Any, ...]) -> Array:
        found, is_finite = self.native_tags(numbers, *tables, *self.cache.arrays)
        if not is_finite.read():
            raise cr.ChainruleError(NOT_FINITE)
        tags: Array = found.read()
        return tags

    def _lanes(self, sentences: Words) -> Iterator[Lanes]:
        if isinstance(sentences, NumberedText):
            rows = self._word_rows.of(sentences)
        else:
            rows = np.array(self.cache.rows(sentences.words), np.int64)
        return lanes_of(rows, sentences.lengths, self._margin, POSITIONS)

    def _of_words(self, *features: Any) -> tuple[cr.Tensor, ...]:
        return self._encoder.parts(self._network.vectors(*features))

    def _of_lanes(self, numbers: Any, *parts: Any) -> tuple[cr.Tensor]:
        return (self._network.scores(self._encoder.from_parts(numbers, *parts)),)

    def _best(
        self, numbers: Any, bias: Any, across: Any, start: Any, end: Any, *parts: Any
    ) -> tuple[cr.Tensor, cr.Tensor]:
        (scores,) = self._of_lanes(numbers, *parts)
        inside = cr.asarray(numbers)[self._margin : self._margin + scores.shape[0]] != 0
        tags = best_sequences(scores + bias, inside, across, start, end)
        return tags, cr.all(cr.isfinite(scores))

    def _prepared(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function without gradients: its results keep no copies of its arguments."""

        def stopped(*given: Any) -> tuple[cr.Tensor, ...]:
            return tuple(map(cr.stop_gradient, function(*given)))

        return cr.compile(stopped) if self._compiled else stopped
