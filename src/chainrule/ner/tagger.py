"""The tagger: a network, its vocabulary and its tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.decode import decode
from chainrule.ner.settings import Settings, Units
from chainrule.ner.type_warning import warn_unless_shared
from chainrule.ner.window_network import WindowNetwork
from chainrule.text import (
    CAPITALS,
    OUTSIDE,
    Scheme,
    Score,
    Sentence,
    Transitions,
    Vocabulary,
    capital_ids,
    encode,
    flat_windows,
    graphemes,
    require_labelled,
    require_sentences,
    require_text,
    rewritten,
    scheme_of,
    score,
    spans,
    tokenize,
    transitions,
)

IdArray = np.ndarray[Any, np.dtype[np.int64]]

# Tokens tagged at once: many, because kinds of tokens repeat; few enough for the memory.
_TAGGED_AT_ONCE = 1 << 20
# Tokens scored at once: their scores stay in the cache.
_SCORED_AT_ONCE = 1 << 12
_FEWEST = 16


@dataclass(frozen=True)
class Features:
    """The inputs of the network for some sentences.

    words, capitals  int64 (kinds,): the ids of each kind of token; kind 0 is padding
    windows          int64 (tokens, 2 window + 1): the kinds of each token and its neighbours
    lengths          the number of tokens of each sentence
    """

    words: IdArray
    capitals: IdArray
    windows: IdArray
    lengths: tuple[int, ...]


class Tagger:
    """A named-entity tagger for sentences that are split into words.

    settings    the settings of the network and its training
    vocabulary  the known words
    tags        the IOBES tags that the network scores, with "O"
    scheme      the scheme of returned tags, which is that of the training data
    units       "words", or "characters" if the words of the training data are grapheme clusters
    compiled    whether training and tagging use native code; False uses the reference evaluator
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
        self._native = cr.compile(self.network.parts), cr.compile(self.network.from_parts)

    @classmethod
    def for_corpus(cls, sentences: Sequence[Sentence], settings: Settings) -> Tagger:
        """Return an untrained tagger with the vocabulary and the entity types of `sentences`.

        Raises SentenceError if one of them is not a Sentence.
        """
        sentences = require_labelled(sentences)
        found = {span.type for each in sentences for span in spans(each.tags)}
        tags = [OUTSIDE, *(f"{prefix}-{kind}" for kind in sorted(found) for prefix in "BIES")]
        vocabulary = Vocabulary.from_sentences(each.words for each in sentences)
        scheme = scheme_of(each.tags for each in sentences)
        words = {word for each in sentences for word in each.words}
        characters = all(len(word) == 1 or len(graphemes(word)) == 1 for word in words)
        return cls(settings, vocabulary, tags, scheme, "characters" if characters else "words")

    def features(self, sentences: Sequence[Sequence[str]]) -> Features:
        """Return the inputs of the network for all words of `sentences`, one after the other."""
        sentences = require_sentences(sentences)
        flat = [word for each in sentences for word in each]
        lengths = tuple(map(len, sentences))
        numbers = {word: number for number, word in enumerate(dict.fromkeys(flat), start=1)}
        pairs = np.zeros(1 + len(numbers), np.int64)
        pairs[1:] = self.vocabulary.ids([*numbers]) * len(CAPITALS) + capital_ids([*numbers])
        found, kinds = np.unique(pairs, return_inverse=True)
        words, capitals = np.divmod(found, len(CAPITALS))
        tokens = np.fromiter(map(numbers.__getitem__, flat), np.int64, len(flat))
        windows = flat_windows(kinds[tokens], lengths, self.settings.window)
        return Features(words, capitals, windows, lengths)

    def targets(self, sentences: Sequence[Sentence]) -> IdArray:
        """Return the number of the IOBES tag of every word, int64 (words,).

        Raises TrainingError for entity types that this tagger does not know.
        """
        number = {tag: i for i, tag in enumerate(self.tags)}
        tags = [_written(each.tags, "IOBES") for each in require_labelled(sentences)]
        _require_known({tag for sequence in tags for tag in sequence}, number)
        return np.array([number[tag] for sequence in tags for tag in sequence], np.int64)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return one tag per word, in the scheme of the training data.

        The tags are the best valid sequence by the scores of the network (Viterbi). Raises
        SentenceError for sentences that are not sequences of words, such as a str.
        """
        groups = _groups(require_sentences(sentences))
        return [tags for group in groups for tags in self._tagged(group)]

    def _tagged(self, sentences: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        features = self.features(sentences)
        rules, written = _tables(self.tags, self.scheme)
        best = decode(self._scores(features), features.lengths, *rules)
        names = written[_numbers_before(best, features.lengths), best]
        flat, ends = names.tolist(), np.cumsum(features.lengths, dtype=np.int64).tolist()
        return (tuple(flat[i - n : i]) for i, n in zip(ends, features.lengths, strict=True))

    def tag_like(self, sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
        """Return predicted tags of labelled sentences, in the scheme of their own tags."""
        sentences = require_labelled(sentences)
        scheme = scheme_of(each.tags for each in sentences)
        return [_written(tags, scheme) for tags in self.tag([each.words for each in sentences])]

    def evaluate(self, sentences: Sequence[Sentence]) -> Score:
        """Return the entity scores on labelled sentences.

        Tags are compared in IOB2, so the scores are those of conlleval on the file that
        `write_conll` writes. Warns with TypesWarning if the data has entities, but none of a type
        that this tagger knows.
        """
        sentences = require_labelled(sentences)
        warn_unless_shared((span.type for span in spans(self.tags)), sentences)
        gold = [_written(each.tags, "IOB2") for each in sentences]
        predicted = self.tag([each.words for each in sentences])
        return score(gold, [_written(tags, "IOB2") for tags in predicted])

    def split(self, text: str) -> list[list[str]]:
        """Return plain text as sentences of words, or of characters if `units` says so."""
        require_text(text)
        if self.units == "words":
            return tokenize(text)
        return [graphemes(line) for line in text.splitlines() if line.strip()]

    def _scores(self, features: Features) -> np.ndarray[Any, Any]:
        evaluated = self.network.parts, self.network.from_parts
        parts_of, scores_of = self._native if self.compiled else evaluated
        parts = parts_of(*map(_padded, (features.words, features.capitals)))
        scores = np.empty((len(features.windows), len(self.tags)), np.float32)
        for part in _slices(len(scores)):
            found = scores_of(_padded(features.windows[part]), *parts)
            scores[part] = found.read()[: len(scores[part])]
        if not np.isfinite(scores).all():
            raise cr.ChainruleError(
                "The network's scores of the tags are not finite, because its weights "
                "diverged in training. Train again with a smaller learning rate."
            )
        return scores


@lru_cache(maxsize=16)
def _tables(
    tags: tuple[str, ...], scheme: Scheme
) -> tuple[Transitions, np.ndarray[Any, np.dtype[np.object_]]]:
    """Return the tags that may follow each other, and each tag as written after another."""
    rules, written = transitions(tags), rewritten(tags, scheme)
    for table in (*rules, written):
        table.setflags(write=False)
    return rules, written


def _written(tags: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    return encode(spans(tags), len(tags), scheme)


def _require_known(tags: Iterable[str], known: Iterable[str]) -> None:
    types = {each.partition("-")[2] for each in tags} - {each.partition("-")[2] for each in known}
    if types:
        ours = sorted({each.partition("-")[2] for each in known} - {""})
        raise cr.train.TrainingError(
            f"The data has entities of the types {', '.join(sorted(types))}, and this tagger knows "
            f"{', '.join(ours) or 'none'}. Make one for it: Tagger.for_corpus(sentences, settings)."
        )


def _numbers_before(best: IdArray, lengths: Sequence[int]) -> IdArray:
    """Return the number of the tag before each tag, -1 at the beginning of a sentence."""
    before = np.full(len(best), -1, np.int64)
    before[1:] = best[:-1]
    sizes = np.array(lengths, np.int64)
    before[(np.cumsum(sizes) - sizes)[sizes > 0]] = -1
    return before


def _groups(sentences: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    """Yield groups of sentences with the number of tokens that are tagged at once."""
    ends = np.cumsum([len(each) for each in sentences], dtype=np.int64)
    numbers = np.maximum(ends - 1, 0) // _TAGGED_AT_ONCE
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    for first, end in pairwise([*firsts.tolist(), len(sentences)]):
        yield sentences[first:end]


def _padded(ids: IdArray) -> IdArray:
    """Return ids padded by at most an eighth, so that texts of similar length share code."""
    grain = max(_FEWEST, 1 << max(0, len(ids).bit_length() - 4))
    missing = -len(ids) % grain
    if not missing:
        return ids
    filled = np.zeros((len(ids) + missing, *ids.shape[1:]), ids.dtype)
    filled[: len(ids)] = ids
    return filled


def _slices(size: int) -> Iterator[slice]:
    return (slice(i, i + _SCORED_AT_ONCE) for i in range(0, size, _SCORED_AT_ONCE))
