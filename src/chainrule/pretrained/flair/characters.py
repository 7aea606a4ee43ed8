"""The table of the characters of a language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.pretrained.errors import PretrainedError

IdArray = np.ndarray[Any, np.dtype[np.int64]]

UNKNOWN = "<unk>"
UNKNOWN_ID = 0
BLANK, LINE_END = " ", "\n"


class CharacterTable:
    """The characters that a language model knows; the first entry stands for all others.

    entries  in the order of their numbers; entries that are not single characters are never found

    Raises PretrainedError for an empty table, and for entries that occur twice.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(entries)
        numbers = {each: number for number, each in enumerate(self.entries)}
        if not numbers or len(numbers) != len(self.entries):
            raise PretrainedError(
                f"A table of {len(self.entries)} characters with {len(numbers)} different ones was "
                "given. Give every character once, after an entry for unknown ones."
            )
        single = {ord(each): number for each, number in numbers.items() if len(each) == 1}
        self._codes = np.array(sorted(single), np.int64)
        self._numbers = np.array([single[each] for each in self._codes.tolist()], np.int64)

    @classmethod
    def of_text(cls, text: str, least: int = 1) -> CharacterTable:
        """Return the table of the characters that occur at least so often, most frequent first.

        The blank and the line end are always in it.
        """
        codes, counts = np.unique(_codes(text), return_counts=True)
        order = np.lexsort((codes, -counts))
        frequent = [chr(codes[i]) for i in order.tolist() if counts[i] >= least]
        return cls(dict.fromkeys([UNKNOWN, BLANK, LINE_END, *frequent]))

    def __len__(self) -> int:
        return len(self.entries)

    def ids(self, text: str) -> IdArray:
        """Return the number of every character of a text, int64 (characters,)."""
        codes = _codes(text)
        if not len(self._codes):
            return np.full(len(codes), UNKNOWN_ID, np.int64)
        places = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.where(self._codes[places] == codes, self._numbers[places], UNKNOWN_ID)


def _codes(text: str) -> IdArray:
    """Return the code points of a text; halves of surrogate pairs keep theirs."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def joined(words: Sequence[str]) -> str:
    """Return the text of a sentence as character language models read it."""
    return BLANK.join(words)
