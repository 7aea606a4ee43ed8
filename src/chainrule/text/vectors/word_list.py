"""The words of a table: joined UTF-8, decoded when they are first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

_LINE_END = 10
_FALSE_DIGITS = np.arange(ord("1"), ord("9") + 1, dtype=np.uint8)


class WordList:
    """Words in the order of their rows.

    joined  the words in UTF-8, a line end after each, uint8; may be mapped from a file, since
            nothing is decoded before a word is asked for
    """

    def __init__(self, joined: npt.NDArray[np.uint8]) -> None:
        self.joined = joined
        self._count = int(np.count_nonzero(joined == _LINE_END))

    @classmethod
    def of(cls, words: Iterable[str]) -> WordList:
        """Return a list of words, none of which contains a line end."""
        return cls(joined_words(words))

    @cached_property
    def words(self) -> list[str]:
        """The words; decoded at the first use."""
        return self.joined.tobytes().decode().split("\n")[:-1]

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each word, the first one if a word is repeated; made at the first use."""
        count = len(self)
        return dict(zip(reversed(self.words), range(count - 1, -1, -1), strict=True))

    @cached_property
    def has_zero_digits(self) -> bool:
        """Whether the words have the digit 0 and no other: 1996 was counted as 0000."""
        return bool(
            (self.joined == ord("0")).any() and not np.isin(self.joined, _FALSE_DIGITS).any()
        )

    @cached_property
    def has_capitals(self) -> bool:
        """Whether a word differs from its lower-case form."""
        text = self.joined.tobytes().decode()
        return text != text.lower()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> str:
        return self.words[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.rows


def joined_words(words: Iterable[str]) -> Any:
    """Return words as the bytes that a WordList holds."""
    return np.frombuffer("".join(f"{each}\n" for each in words).encode(), np.uint8)
