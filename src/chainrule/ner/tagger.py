"""A tagger: a network, and what it needs to turn words into tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.decode import decode
from chainrule.ner.network import WindowNetwork
from chainrule.ner.score import Score, score
from chainrule.ner.settings import Settings, Units
from chainrule.text import (
    CAPITALS,
    OUTSIDE,
    Scheme,
    Sentence,
    Vocabulary,
    capital_ids,
    encode,
    flat_windows,
    rewritten,
    scheme_of,
    spans,
    tokenize,
    transitions,
)

Ids = np.ndarray[Any, np.dtype[np.int64]]
_PREDICTED_AT_ONCE = 4096


@dataclass(frozen=True)
class Features:
    """What the network sees of some sentences: per word a row of ids, its window.

    words, capitals  int64 (words, 2 window + 1)
    lengths          words per sentence
    """

    words: Ids
    capitals: Ids
    lengths: tuple[int, ...]


class Tagger:
    """Finds named entities in sentences that are split into words.

    tags        the IOBES tags that the network scores, "O" among them
    scheme      the scheme in which tags are returned: that of the training data
    units       whether the "words" of the training data are words or single characters
    compiled    whether it trains and predicts in native code; set it to False for the reference
                evaluator
    """

    compiled: bool = True

    def __init__(
        self,
        settings: Settings,
        vocabulary: Vocabulary,
        tags: Sequence[str],
        scheme: Scheme,
        units: Units,
    ) -> None:
        self.settings, self.vocabulary = settings, vocabulary
        self.tags, self.scheme, self.units = tuple(tags), scheme, units
        self.network = WindowNetwork(len(vocabulary), len(CAPITALS), len(tags), settings)
        self._predict = cr.compile(self.network.forward)

    @classmethod
    def for_corpus(cls, sentences: Sequence[Sentence], settings: Settings) -> Tagger:
        """Return an untrained tagger with the vocabulary and the entity types of `sentences`."""
        found = {span.type for each in sentences for span in spans(each.tags)}
        tags = [OUTSIDE, *(f"{prefix}-{kind}" for kind in sorted(found) for prefix in "BIES")]
        vocabulary = Vocabulary.from_sentences(each.words for each in sentences)
        scheme = scheme_of(each.tags for each in sentences)
        characters = all(len(word) == 1 for each in sentences for word in each.words)
        return cls(settings, vocabulary, tags, scheme, "characters" if characters else "words")

    def features(self, sentences: Sequence[Sequence[str]]) -> Features:
        """Return the windows of all words of `sentences`, one after the other."""
        flat = [word for each in sentences for word in each]
        lengths = tuple(len(each) for each in sentences)
        words, capitals = (
            flat_windows(ids, lengths, self.settings.window)
            for ids in (self.vocabulary.ids(flat), capital_ids(flat))
        )
        return Features(words, capitals, lengths)

    def targets(self, sentences: Sequence[Sentence]) -> Ids:
        """Return the number of the true IOBES tag of every word."""
        number = {tag: i for i, tag in enumerate(self.tags)}
        tags = (encode(spans(each.tags), len(each.tags), "IOBES") for each in sentences)
        return np.array([number[tag] for sequence in tags for tag in sequence], np.int64)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return one tag per word, in the scheme of the training data.

        The best valid sequence of tags is found by Viterbi over the network's scores.
        """
        features = self.features(sentences)
        best = decode(self._scores(features), features.lengths, *transitions(self.tags))
        names = rewritten(self.tags, self.scheme)[_numbers_before(best, features.lengths), best]
        flat, ends = names.tolist(), np.cumsum(features.lengths, dtype=np.int64).tolist()
        return [tuple(flat[i - n : i]) for i, n in zip(ends, features.lengths, strict=True)]

    def tag_like(self, sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
        """Return predicted tags of labelled sentences, in the scheme of their own tags."""
        scheme = scheme_of(each.tags for each in sentences)
        predicted = self.tag([each.words for each in sentences])
        return [encode(spans(tags), len(tags), scheme) for tags in predicted]

    def evaluate(self, sentences: Sequence[Sentence]) -> Score:
        """Return the entity scores on labelled sentences."""
        return score([each.tags for each in sentences], self.tag_like(sentences))

    def split(self, text: str) -> list[list[str]]:
        """Return plain text as sentences of the units that this tagger was trained on."""
        if self.units == "words":
            return tokenize(text)
        return [list(line) for line in text.splitlines() if line.strip()]

    def _scores(self, features: Features) -> np.ndarray[Any, Any]:
        training = self.network.training
        self.network.eval()
        predict = self._predict if self.compiled else self.network
        parts = [
            predict(features.words[part], features.capitals[part]).read()
            for part in _slices(len(features.words))
        ]
        self.network.train(training)
        scores = np.concatenate([np.zeros((0, len(self.tags)), np.float32), *parts])
        if not np.isfinite(scores).all():
            raise cr.ChainruleError(
                "The network's scores of the tags are not finite: its weights grew beyond all "
                "bounds in training. Train again with a smaller learning rate."
            )
        return scores


def _numbers_before(best: Ids, lengths: Sequence[int]) -> Ids:
    """Return the number of the tag before each tag, -1 at the beginning of a sentence."""
    before = np.full(len(best), -1, np.int64)
    before[1:] = best[:-1]
    sizes = np.array(lengths, np.int64)
    before[(np.cumsum(sizes) - sizes)[sizes > 0]] = -1
    return before


def _slices(size: int) -> Iterator[slice]:
    return (slice(i, i + _PREDICTED_AT_ONCE) for i in range(0, size, _PREDICTED_AT_ONCE))
