"""The text of a training as numbers of words, in a file that is mapped into memory."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from chainrule import ChainruleError
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.text_source import passages

END = -1  # of a passage
_MOST_WORDS = 2**31 - 1
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Corpus:
    """A text whose words are numbers.

    words   the known words by descending count
    counts  int64 (words,)
    ids     int32 (tokens,), mapped from a file: rows of words; -1 at the end of a passage. Words
            below the least count are left out
    total   the number of tokens of the text, with those that are left out
    digest  a checksum of words and ids
    """

    words: list[str]
    counts: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int32]
    total: int
    digest: str


def read_corpus(files: Sequence[Path], folder: Path, settings: Settings) -> Corpus:
    """Read text files once and return their text as numbers, stored in a folder.

    The folder needs 8 bytes per token; memory is needed for the distinct words only. Raises
    ChainruleError for text that is not UTF-8, and if fewer than two words are frequent enough.
    """
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    found = folder / "found"
    with found.open("wb") as file:
        for path in files:
            _number(path, file, number_of, settings)
    first = _mapped(found)
    counts = _counted(first, len(number_of))
    kept = _kept(list(number_of), counts, settings)
    digest = _renumbered(first, folder / "ids", _rows(kept, len(counts)))
    words = [*number_of]
    return Corpus(
        [words[each] for each in kept],
        counts[kept],
        _mapped(folder / "ids"),
        int(counts.sum()),
        digest,
    )


def _number(
    path: Path, file: BinaryIO, number_of: defaultdict[str, int], settings: Settings
) -> None:
    """Write the number of every token in the order of first occurrence, and -1 after passages."""
    for tokens in passages(path, settings):
        if len(number_of) > _MOST_WORDS:
            raise ChainruleError("The text has more than two billion distinct words. Divide it.")
        numbers = [*map(number_of.__getitem__, tokens)] if tokens else [END]
        np.array(numbers, np.int32).tofile(file)
    np.array([END], np.int32).tofile(file)


def _mapped(path: Path) -> npt.NDArray[np.int32]:
    return np.memmap(path, np.int32, "r")


def _counted(numbers: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.int64]:
    counts = np.zeros(size, np.int64)
    for part in _parts(numbers):
        counts += np.bincount(part[part != END], minlength=size)
    return counts


def _kept(words: list[str], counts: npt.NDArray[np.int64], settings: Settings) -> list[int]:
    """Return the numbers of the frequent words by descending count, then alphabetically."""
    frequent = np.flatnonzero(counts >= settings.min_count).tolist()
    if len(frequent) < 2:
        raise ChainruleError(
            f"The text has {len(words)} distinct words, of which {len(frequent)} occur at least "
            f"{settings.min_count} times; two are needed. Give more text or a smaller --min-count."
        )
    return sorted(frequent, key=lambda number: (-counts[number], words[number]))


def _rows(kept: list[int], size: int) -> npt.NDArray[np.int32]:
    """Return the row of each number; -2 for words that are left out, -1 for the end (the last)."""
    rows = np.full(size + 1, -2, np.int32)
    rows[kept] = np.arange(len(kept), dtype=np.int32)
    rows[END] = END
    return rows


def _renumbered(numbers: npt.NDArray[np.int32], path: Path, rows: npt.NDArray[np.int32]) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in _parts(numbers):
            found = rows[part]
            found = found[found >= END]
            digest.update(found.tobytes())
            found.tofile(file)
    return digest.hexdigest()


def _parts(numbers: Any) -> Any:
    ends = [*range(0, len(numbers), _AT_ONCE), len(numbers)]
    return (numbers[first:end] for first, end in pairwise(ends))
