"""Words as the reference library writes them: lower case, with marks for what was changed.

`XXMAJ` and the like are words of their own: "Paris" is "xxmaj paris", "USA" is "xxup usa", "!!!" is
"xxrep 3 !", and a word said three times is "xxwrep 3 word". Words are found by
`chainrule.text.tokenize`; the reference takes those of spaCy, so that its splits differ in details.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from chainrule.pretrained.ulmfit.words import CAPITAL, REPEATED, REPEATED_WORD, UPPER
from chainrule.text import tokenize

_MANY = 3  # repetitions that are counted


def words_of(text: str) -> list[str]:
    """Return the words of a text, as they are written."""
    return [word for sentence in tokenize(text, lines=False) for word in sentence]


def marked(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield tokens, each with the position of its word among `words`."""
    place = 0
    for word, run in groupby(words):
        count = sum(1 for _ in run)
        if count >= _MANY:
            mark = REPEATED if len(word) == 1 else REPEATED_WORD
            yield from ((place, each) for each in (mark, str(count), *_tokens(word)))
        else:
            for at in range(place, place + count):
                yield from ((at, each) for each in _tokens(word))
        place += count


@lru_cache(maxsize=1 << 16)
def _tokens(word: str) -> tuple[str, ...]:
    """Return the tokens of one word."""
    count = len(word)
    if count >= _MANY and word.count(word[0]) == count and not word[0].isalnum():
        return REPEATED, str(count), word[0]
    lower = word.lower()
    if lower == word or not word[0].isupper() or count == 1:
        return (lower,)
    if word.upper() == word:
        return UPPER, lower
    return (CAPITAL, lower) if word[1:] == lower[1:] else (lower,)
