"""The tokenizer of a list of words: texts to ids, padded at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.pretrained.tokenizer.protocol import NONE, Encoded, Ids, Mask
from chainrule.pretrained.ulmfit.word_marks import marked, words_of
from chainrule.pretrained.ulmfit.words import BEGINS, FIELD, MARKS, PADDING, UNKNOWN, id_of

Token = tuple[str, int, tuple[int, int], int]  # token, word, span, text


@dataclass(frozen=True)
class WordTokenizer:
    """Turns texts into ids of words; it is a `Tokenizer`.

    words  the vocabulary; the place of a word is its id
    """

    words: tuple[str, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each word."""
        return {word: place for place, word in reversed([*enumerate(self.words)])}

    @property
    def pad_id(self) -> int:
        """The id of padding."""
        return id_of(PADDING, self.words)

    @property
    def unknown_id(self) -> int:
        """The id of words that are not in the vocabulary."""
        return id_of(UNKNOWN, self.words)

    @property
    def vocab_size(self) -> int:
        """The number of words."""
        return len(self.words)

    @property
    def special_ids(self) -> Mapping[str, int]:
        """The ids of marks by role."""
        begins = {"bos": self.ids[BEGINS]} if BEGINS in self.ids else {}
        return {"unk": self.unknown_id, "pad": self.pad_id, **begins}

    def numbers(self, tokens: Sequence[str]) -> list[int]:
        """Return the ids of tokens."""
        unknown, ids = self.unknown_id, self.ids
        return [ids.get(each, unknown) for each in tokens]

    def encode_batch(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> tuple[Ids, Mask, Ids]:
        """Return ids, mask and segments of texts, or of pairs of texts; see `Tokenizer`."""
        found = self.encode(texts, pairs, max_length)
        return found.ids, found.mask, found.segments

    def encode(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Encoded:
        """Return the tokens of texts; those of a pair are two fields of one text.

        max_length  the number of tokens to which longer texts are cut at the end
        """
        second: Sequence[str | None] = [None] * len(texts) if pairs is None else pairs
        rows = [_of_texts(a, b) for a, b in zip(texts, second, strict=True)]
        return self._encoded(rows, max_length)

    def encode_words(
        self, sentences: Sequence[Sequence[str]], max_length: int | None = None
    ) -> Encoded:
        """Return the tokens of sentences that are given as words."""
        rows = [[(BEGINS, NONE, (0, 0), NONE), *_of_words(each, 0)] for each in sentences]
        return self._encoded(rows, max_length)

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the words of ids."""
        return [self.words[each] for each in ids]

    def decode(self, ids: Sequence[int], *, special: bool = False) -> str:
        """Return the words of ids, joined by blanks; without marks unless `special`."""
        return " ".join(each for each in self.tokens(ids) if special or each not in MARKS)

    def _encoded(self, rows: Sequence[Sequence[Token]], max_length: int | None) -> Encoded:
        rows = [row[:max_length] for row in rows]
        extent = max((len(row) for row in rows), default=0)
        shape = len(rows), extent
        ids = np.full(shape, self.pad_id, np.int32)
        words, texts = np.full(shape, NONE, np.int32), np.full(shape, NONE, np.int32)
        spans, mask = np.zeros((*shape, 2), np.int32), np.zeros(shape, bool)
        for place, row in enumerate(rows):
            if row:
                tokens, *columns = zip(*row, strict=True)
                there = place, slice(len(row))
                ids[there], mask[there] = self.numbers(tokens), True
                words[there], spans[there], texts[there] = columns
        return Encoded(ids, mask, np.zeros(shape, np.int32), words, spans, texts)


def document(text: str) -> list[str]:
    """Return the tokens of a text, as a language model reads them."""
    return [BEGINS, *(token for _, token in marked(words_of(text)))]


def _of_texts(text: str, pair: str | None) -> list[Token]:
    """Return the tokens of a text, or of two as fields."""
    begin: Token = BEGINS, NONE, (0, 0), NONE
    if pair is None:
        return [begin, *_of_text(text, 0)]
    fields = [[(FIELD, NONE, (0, 0), NONE), (str(n), NONE, (0, 0), NONE)] for n in (1, 2)]
    return [begin, *fields[0], *_of_text(text, 0), *fields[1], *_of_text(pair, 1)]


def _of_text(text: str, number: int) -> Iterator[Token]:
    words = words_of(text)
    spans, place = [], 0
    for word in words:
        start = text.find(word, place)
        if start < 0:  # the tokenizer joined what blanks separate
            start = place
        place = start + len(word)
        spans.append((start, place))
    for at, token in marked(words):
        yield token, at, spans[at], number


def _of_words(words: Sequence[str], number: int) -> Iterator[Token]:
    for at, token in marked(words):
        yield token, at, (0, len(words[at])), number
