"""Scores and best tags of text with a pretrained encoder, for inference.

The vector of a word depends on its whole sentence, so that nothing is kept from sentence to
sentence. Sentences are sorted by length, and batches have few shapes, so that texts share compiled
code. The windows of a long sentence are computed like sentences, so that the memory of a batch does
not depend on the length of sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.batches import places_of
from chainrule.ner.decode import decode
from chainrule.ner.features import Lexicon
from chainrule.ner.flat_sentences import FlatSentences, Form
from chainrule.ner.form_cache import NOT_FINITE
from chainrule.ner.form_table import FormTable
from chainrule.ner.network import TaggerNetwork
from chainrule.ner.scorers import Words
from chainrule.ner.subtoken_windows import pieces_of, steps_for, tokens_read, windows_of
from chainrule.ner.subtokens import SubTokenizer, SubTokens
from chainrule.text.numbered_text import NumberedText

Array = np.ndarray[Any, Any]

_EXTENTS = np.array([8, 16, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096])
_TOKENS = 1 << 11  # computed at once, about: enough for large products, few for the memory
_MOST_SENTENCES = 64


class SentenceScorer:
    """Scores and tags of sentences; the counterpart of `Scorer` for pretrained encoders.

    compiled  whether native code is used
    """

    def __init__(
        self, network: TaggerNetwork, lexicon: Lexicon, splitter: SubTokenizer, compiled: bool
    ) -> None:
        self._network, self._lexicon, self._splitter = network, lexicon, splitter
        self._scores = cr.compile(self._of_batch) if compiled else self._of_batch

    def scores(self, sentences: Words) -> Array:
        """Return the scores of every token, float32 (tokens, tags).

        Raises ChainruleError if they are not finite.
        """
        flat = self._flat(sentences)
        found = np.zeros((len(flat.words), self._network.scores.weight.shape[0]), np.float32)
        lengths = np.array(flat.lengths, np.int64)
        firsts = np.cumsum(lengths) - lengths
        tokens = self._splitter.split(flat.sentences())
        pieces = [
            (piece, first + words)
            for first, each in zip(firsts, tokens, strict=True)
            for piece, words in pieces_of(each, self._splitter.room)
        ]
        for chosen, extent in self._batches([piece for piece, _ in pieces]):
            places = [pieces[i][1] for i in chosen]
            scores = self._batch(flat, [pieces[i][0] for i in chosen], places, extent)
            for row, own in enumerate(places):
                found[own] = scores[row, : len(own)]
        if not np.isfinite(found).all():
            raise cr.ChainruleError(NOT_FINITE)
        return found

    def tags(self, sentences: Words, tables: tuple[Any, ...]) -> Array:
        """Return the numbers of the best tags of every token, int64 (tokens,).

        tables  an addend of the scores, float32 (tags,), and the scores of transitions, start and
                end, see `decode`

        Raises ChainruleError if scores are not finite.
        """
        flat = self._flat(sentences)
        bias, *rules = tables
        return decode(self.scores(flat) + bias, flat.lengths, *rules)

    def tags_of_one(self, forms: Sequence[Form], tables: tuple[Any, ...]) -> list[int]:
        """Return the number of the best tag of every word of a sentence."""
        found: list[int] = self.tags(FlatSentences([*forms], (len(forms),)), tables).tolist()
        return found

    def _flat(self, sentences: Words) -> FlatSentences:
        if isinstance(sentences, NumberedText):
            return self._lexicon.flat(sentences.sentences())
        return sentences

    def _batches(self, tokens: Sequence[SubTokens]) -> Iterator[tuple[Array, int]]:
        """Yield the numbers of sentences of similar length, and their padded length."""
        lengths = tokens_read(tokens, self._splitter)
        longest = self._splitter.longest
        extents = np.unique(np.append(np.minimum(_EXTENTS, longest), longest))
        order = np.argsort(lengths, kind="stable")
        order = order[lengths[order] > 0]
        rungs = np.searchsorted(extents, lengths[order])
        for rung, extent in enumerate(extents.tolist()):
            members = order[rungs == rung]
            size = _power_below(min(_MOST_SENTENCES, max(1, _TOKENS // extent)))
            for begin in range(0, len(members), size):
                yield members[begin : begin + size], extent

    def _batch(
        self, flat: FlatSentences, tokens: list[SubTokens], words: list[Array], extent: int
    ) -> Array:
        """Return the scores of some pieces, (pieces or more, steps, tags).

        words  the numbers of the words of each piece in `flat`
        """
        missing = (1 << (len(tokens) - 1).bit_length()) - len(tokens)
        tokens = tokens + tokens[-1:] * missing
        words = words + words[-1:] * missing
        lengths = np.array([len(each.firsts) for each in tokens], np.int64)
        steps = steps_for(extent, int(lengths.max()), self._splitter)
        windows = windows_of(tokens, self._splitter, extent, steps)
        numbers = np.concatenate(words).tolist()
        table = FormTable(self._lexicon, [flat.words[number] for number in numbers])
        places = places_of(lengths, np.cumsum(lengths) - lengths, steps)
        features = table.features(places).values()
        scores: Array = self._scores(lengths, *windows.arrays(), *features).read()
        return scores

    def _of_batch(self, lengths: Any, *inputs: Any) -> cr.Tensor:
        return cr.stop_gradient(self._network(lengths, *inputs))


def _power_below(size: int) -> int:
    """Return the largest power of two that is not above `size`."""
    return 1 << (size.bit_length() - 1)
