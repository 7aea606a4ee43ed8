"""Word vectors as a stream of blocks, which is what readers yield and writers take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.storage import shown
from chainrule.text.vectors.errors import VectorsError

Table = npt.NDArray[np.float32]

ROWS_AT_ONCE = 4096
LONGEST_WORD = 10_000  # bytes; the words of public vectors have at most some hundred
LARGEST_SIZE = 100_000  # numbers of one vector
_CONTROL = ("\n", "\r")


@dataclass(frozen=True)
class Block:
    """Some rows of a table: words, and their vectors, float32 (words, size)."""

    words: list[str]
    vectors: Table


@dataclass(frozen=True)
class Header:
    """The first line of a word2vec file: the number of words, and the size of a vector."""

    count: int
    size: int


def file_error(path: Path, place: int | None, reason: str) -> VectorsError:
    """Return the error of a file, at a line if there is one."""
    line = "" if place is None else f", line {place}"
    return VectorsError(f"{shown(path)}{line}: {reason}.")


def decoded(word: bytes, path: Path, place: int) -> str:
    """Return a word of a file; raises VectorsError unless it is UTF-8, not empty and not long."""
    if not word:
        raise file_error(path, place, "the word is empty; a row is a word and its numbers")
    if len(word) > LONGEST_WORD:
        raise file_error(path, place, f"the word has {len(word)} bytes; it is no word vector file")
    try:
        text = word.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{word[error.start]:02x} of the word"
        raise file_error(path, place, f"{found} is not UTF-8; save the file as UTF-8") from error
    if any(each in text for each in _CONTROL):
        raise file_error(path, place, f"the word {text!r} contains a line end")
    return text


def require_possible(path: Path, header: Header, bytes_per_row: int, size: int) -> None:
    """Raise VectorsError if a header promises more rows than a file of `size` bytes can hold."""
    if not 1 <= header.size <= LARGEST_SIZE:
        reason = f"the header gives vectors of {header.size} numbers; 1 to {LARGEST_SIZE} are read"
        raise file_error(path, 1, reason)
    if header.count * bytes_per_row > size:
        raise file_error(
            path,
            1,
            f"the header promises {header.count} vectors of {header.size} numbers, which do not "
            f"fit into the {size} bytes of the file; it is truncated, or not of this format",
        )


def require_finite(path: Path, words: list[str], vectors: Any, first: int) -> None:
    """Raise VectorsError for a number that is not finite; `first` is the row of the first word."""
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise file_error(
            path,
            None,
            f"vector {first + row + 1}, of {words[row]!r}, has a number that is not finite",
        )


def blocks_of(words: list[str], table: Table) -> Iterator[Block]:
    """Yield a table in blocks."""
    for first in range(0, len(words), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        yield Block(words[rows], table[rows])
