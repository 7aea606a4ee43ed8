"""Vocabularies: the words that have a row in a table of word vectors."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
import numpy.typing as npt

from chainrule.graph.errors import ChainruleError
from chainrule.text.sentence import require_sentences, require_words

PADDING = "<padding>"
UNKNOWN = "<unknown>"

PADDING_ID = 0
UNKNOWN_ID = 1

_DIGIT = re.compile(r"\d")


class VocabularyError(ChainruleError, ValueError):
    """Raised for words and counts that are not a valid vocabulary; states the reason."""


def normalise(word: str) -> str:
    """Return the normal form of a word for look-up: lower case, digits replaced by 0, NFC.

    1996 and 2003 have the same normal form, as have Paris and PARIS, which `capital_ids`
    distinguishes. Composed and decomposed letters (the é of José, Hangul syllables) are equal.
    """
    return _composed(_DIGIT.sub("0", _composed(word).lower()))


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


@dataclass(frozen=True, eq=False, repr=False)
class Vocabulary:
    """The known words in the order of their ids, and their counts.

    words   the two markers, then normal forms; in older models these can be decomposed. Id 0 is the
            padding outside a sentence, id 1 represents every unknown word
    counts  the count of every word, int64 (words,); the count of id 1 is that of all unknown tokens

    `Vocabulary(words, counts)` restores a saved vocabulary. Raises `VocabularyError` if a marker is
    missing, a word is repeated or not in normal form, or the counts are not non-negative integers,
    one per word; raises `SentenceError` if `words` is not a sequence of str.
    """

    words: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        counts = _whole_numbers(self.counts)
        counts.setflags(write=False)
        words = require_words(self.words, "The list of words of a vocabulary")
        object.__setattr__(self, "words", tuple(words))
        object.__setattr__(self, "counts", counts)
        _check_words(self.words)
        _check_counts(self.words, counts)

    @classmethod
    def from_sentences(
        cls, sentences_of_words: Iterable[Sequence[str]], min_count: int = 1
    ) -> "Vocabulary":
        """Return the vocabulary of the words that occur at least `min_count` times.

        Words are counted in normal form, and sorted by descending count, then alphabetically.
        Raises `VocabularyError` if `min_count` is not an integer or less than 1, `SentenceError` if
        an element is not a sequence of words.
        """
        if not isinstance(min_count, Integral) or min_count < 1:
            raise VocabularyError(
                f"min_count is the smallest count of a known word, at least 1; "
                f"found {min_count!r}. Give 1 to keep every word."
            )
        sentences = require_sentences(sentences_of_words)
        seen = Counter(normalise(word) for words in sentences for word in words)
        known = {word: count for word, count in seen.items() if count >= min_count}
        words = sorted(known, key=lambda word: (-known[word], word))
        unknown_count = seen.total() - sum(known.values())
        counts = [0, unknown_count, *(known[word] for word in words)]
        return cls((PADDING, UNKNOWN, *words), np.array(counts, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words)"

    def ids(self, words: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the ids of words, int64 (words,); 1 for unknown words.

        Words need not be in normal form. Raises `SentenceError` if `words` is not a list of words.
        """
        words, known = require_words(words, "The list of words"), self._id_of
        ids = {word: known.get(normalise(word), UNKNOWN_ID) for word in set(words)}
        return np.array([ids[word] for word in words], dtype=np.int64)

    @cached_property
    def _id_of(self) -> dict[str, int]:
        # The markers are excluded: the word "<padding>" in a text is not padding.
        # The order is reversed, so that the more frequent of two words of one normal form is kept.
        known = range(len(self.words) - 1, UNKNOWN_ID, -1)
        return {normalise(self.words[index]): index for index in known}


def _check_words(words: Sequence[str]) -> None:
    """Raise `VocabularyError` if a marker is missing or a word is repeated or not normal."""
    if words[:2] != (PADDING, UNKNOWN):
        raise VocabularyError(
            f"A vocabulary begins with {PADDING!r} and {UNKNOWN!r}; found {list(words[:2])}. "
            f"Put the two markers first."
        )
    seen: set[str] = set()
    for index, word in enumerate(words[2:], start=2):
        if word in seen:
            raise VocabularyError(f"The word {word!r} at index {index} is repeated; list it once.")
        if _composed(word) != normalise(word):
            raise VocabularyError(
                f"The word {word!r} at index {index} would never be found, because words are "
                f"looked up as {normalise(word)!r}; list that form."
            )
        seen.add(word)


def _whole_numbers(given: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the counts as int64; raise `VocabularyError` unless they are integers."""
    try:
        counts = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise VocabularyError(f"The counts of a vocabulary are not an array: {error}.") from error
    if counts.size and counts.dtype.kind not in "iu":
        raise VocabularyError(
            f"The counts of a vocabulary are int64 or smaller integers; found {counts.dtype}. Give "
            "one integer per word."
        )
    return counts.astype(np.int64)


def _check_counts(words: Sequence[str], counts: npt.NDArray[np.int64]) -> None:
    if counts.shape != (len(words),) or (counts < 0).any():
        raise VocabularyError(
            f"A vocabulary of {len(words)} words needs as many counts, none negative; "
            f"found counts of shape {counts.shape} with minimum {counts.min(initial=0)}."
        )
