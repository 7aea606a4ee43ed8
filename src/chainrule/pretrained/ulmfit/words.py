"""The words of a vocabulary, and the marks among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

UNKNOWN, PADDING, BEGINS, ENDS, FIELD = "xxunk", "xxpad", "xxbos", "xxeos", "xxfld"
REPEATED, REPEATED_WORD, UPPER, CAPITAL = "xxrep", "xxwrep", "xxup", "xxmaj"
MARKS = (UNKNOWN, PADDING, BEGINS, ENDS, FIELD, REPEATED, REPEATED_WORD, UPPER, CAPITAL)
_OLD = {UNKNOWN: "_unk_", PADDING: "_pad_"}  # in files of 2018
_PLACES = {UNKNOWN: 0, PADDING: 1}  # where a vocabulary has neither


def vocabulary(texts: Iterable[Sequence[str]], most: int = 60000, least: int = 3) -> list[str]:
    """Return the marks, then the frequent words of texts, the most frequent first.

    most   the number of words, the marks included
    least  how often a word has to occur

    Equally frequent words keep the order of their first occurrence.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    found = [word for word, count in counts.most_common() if count >= least and word not in MARKS]
    return [*MARKS, *found[: max(0, most - len(MARKS))]]


def id_of(mark: str, words: Sequence[str]) -> int:
    """Return the id of the mark of unknown words or of padding in a vocabulary, old or new."""
    for name in (mark, _OLD[mark]):
        if name in words:
            return words.index(name)
    return _PLACES[mark]
