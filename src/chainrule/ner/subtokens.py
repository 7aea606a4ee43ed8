"""The sub-tokens of sentences, by the tokenizer of a pretrained network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork

Array = np.ndarray[Any, Any]

_AT_ONCE = 1024  # sentences
_PROBE = "a"  # a word whose sentence shows the special tokens


@dataclass(frozen=True)
class SubTokens:
    """The sub-tokens of a sentence, without special tokens.

    ids     int32 (tokens,)
    firsts  int64 (words,), the position of the first sub-token of each word
    """

    ids: Array
    firsts: Array


class SubTokenizer:
    """Splits the words of sentences into sub-tokens; every word has at least one.

    before, after  the special tokens around a sentence, int32
    padding        the id of padding
    longest        the tokens of a window, special ones included
    """

    def __init__(self, net: PretrainedNetwork, longest: int | None = None) -> None:
        positions = net.body.settings.longest
        self._tokenizer = net.tokenizer
        self.longest = positions if longest is None else min(longest, positions)
        self.padding = self._tokenizer.pad_id
        probe = self._tokenizer.encode_words([[_PROBE]])
        inside = np.flatnonzero(probe.words[0] >= 0)
        self.before = probe.ids[0, : inside[0]]
        self.after = probe.ids[0, inside[-1] + 1 :]
        self._unknown = self._tokenizer.special_ids.get("unk", self.padding)

    @property
    def room(self) -> int:
        """The sub-tokens that a window holds beside the special ones."""
        return self.longest - len(self.before) - len(self.after)

    def split(self, sentences: Sequence[Sequence[str]]) -> list[SubTokens]:
        """Return the sub-tokens of sentences, none of which is empty."""
        return [
            found
            for begin in range(0, len(sentences), _AT_ONCE)
            for found in self._split(sentences[begin : begin + _AT_ONCE])
        ]

    def _split(self, sentences: Sequence[Sequence[str]]) -> Iterator[SubTokens]:
        encoded = self._tokenizer.encode_words([[*map(_written, each)] for each in sentences])
        for words, ids, owner in zip(sentences, encoded.ids, encoded.words, strict=True):
            inside = owner >= 0
            yield _with_all(ids[inside], owner[inside], len(words), self._unknown)


def _with_all(ids: Array, owner: Array, words: int, unknown: int) -> SubTokens:
    """Return sub-tokens with an unknown one for each word that the tokenizer left out.

    owner  the word of each sub-token, in increasing order
    """
    missing = np.setdiff1d(np.arange(words), owner)
    places = np.searchsorted(owner, missing)
    owner = np.insert(owner, places, missing)
    return SubTokens(np.insert(ids, places, unknown), np.searchsorted(owner, np.arange(words)))


def _written(word: str) -> str:
    """Return a word without halves of surrogate pairs, which tokenizers refuse."""
    return word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
