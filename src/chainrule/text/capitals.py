"""Capitalisation classes of words, the information that lower-casing removes.

Source: Collobert et al. 2011, section 4.1, "caps feature"; this implementation has seven classes.
"""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from chainrule.text.sentence import require_words

CAPITALS = ("padding", "lower", "initial", "upper", "mixed", "digit", "other")

_DIGIT = re.compile(r"\d")


def capital_ids(words: Iterable[str]) -> npt.NDArray[np.int64]:
    """Return the class of each word as an index into `CAPITALS`, int64 (words,).

    The class is the first that applies: `digit`, contains a digit (B2B, 1996); `other`, has no
    letter with case (a comma, Hangul); `lower` (word); `initial`, only the first letter is upper
    case (Paris, A); `upper` (EU, U.S.); otherwise `mixed` (iPhone, McDonald). Marks and letters
    without case are ignored. Index 0, `padding`, is for positions outside a sentence. Raises
    `SentenceError` if `words` is not a list of words.
    """
    words = require_words(words, "The list of words")
    class_of = {word: CAPITALS.index(_capitals(word)) for word in set(words)}
    return np.array([class_of[word] for word in words], dtype=np.int64)


def _capitals(word: str) -> str:
    """Return the class of a word, an element of `CAPITALS`."""
    word = unicodedata.normalize("NFC", word)
    if _DIGIT.search(word):
        return "digit"
    letters = word
    if not (word.isascii() and word.isalpha()):
        letters = "".join(letter for letter in word if letter.lower() != letter.upper())
    if not letters:
        return "other"
    if letters.islower():
        return "lower"
    if letters[0].isupper() and (len(letters) == 1 or letters[1:].islower()):
        return "initial"
    return "upper" if letters.isupper() else "mixed"
