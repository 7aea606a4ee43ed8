"""Word vectors in the binary format of word2vec.

A first line has the number of words and the size of a vector. A row is the word, a blank, and the
numbers as float32 in little-endian order; word2vec writes a line end after it, others do not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from chainrule.text.vectors.blocks import (
    LONGEST_WORD,
    ROWS_AT_ONCE,
    Block,
    Header,
    decoded,
    file_error,
    require_finite,
    require_possible,
)

_READ_AT_ONCE = 1 << 20


def read_binary(path: Path, file: BinaryIO, header: Header) -> Iterator[Block]:
    """Yield the blocks of a binary file that is open after its first line.

    Raises VectorsError, with file and row, for a file that ends early or goes on after its last
    row, words that are not UTF-8, and numbers that are not finite.
    """
    require_possible(path, header, 4 * header.size + 2, os.fstat(file.fileno()).st_size)
    rows = _rows(path, file, header)
    for first in range(0, header.count, ROWS_AT_ONCE):
        found = [next(rows) for _ in range(min(ROWS_AT_ONCE, header.count - first))]
        words = [decoded(word, path, first + i) for i, (word, _) in enumerate(found, start=2)]
        joined = np.frombuffer(b"".join(numbers for _, numbers in found), "<f4")
        vectors = joined.reshape(len(found), header.size).astype(np.float32, copy=False)
        require_finite(path, words, vectors, first)
        yield Block(words, vectors)
    if next(rows, None) is not None:
        raise file_error(path, 1, f"the file goes on after its {header.count} vectors")


def write_binary(file: BinaryIO, blocks: Iterable[Block]) -> None:
    """Write blocks as rows in the binary format, as word2vec does."""
    for block in blocks:
        for word, vector in zip(block.words, block.vectors, strict=True):
            file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n")


def _rows(path: Path, file: BinaryIO, header: Header) -> Iterator[tuple[bytes, bytes]]:
    """Yield words and the bytes of their numbers; then whatever follows the last row, if any."""
    held, place, length = b"", 0, 4 * header.size
    for number in range(header.count):
        while (end := held.find(b" ", place)) < 0 or len(held) < end + 1 + length:
            if end < 0 and len(held) - place > LONGEST_WORD + 1:
                reason = f"vector {number + 1} begins with a word without end; it is damaged"
                raise file_error(path, None, reason)
            more = file.read(max(_READ_AT_ONCE, length))
            if not more:
                reason = f"the file ends within vector {number + 1} of {header.count}"
                raise file_error(path, None, f"{reason}; it is truncated, use another copy")
            held, place = held[place:] + more, 0
        yield held[place:end].removeprefix(b"\n"), held[end + 1 : end + 1 + length]
        place = end + 1 + length
    rest = (held[place:] + file.read(2)).removeprefix(b"\n")
    if rest:
        yield rest, b""
