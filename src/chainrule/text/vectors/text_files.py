"""Word vectors as text: a row is a word and its numbers, separated by blanks.

word2vec and fastText (`.vec`) write a first line with the number of words and the size of a vector;
GloVe does not. A word may contain blanks, since the numbers are counted from the end of the row.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from chainrule.text.vectors.blocks import (
    LARGEST_SIZE,
    LONGEST_WORD,
    ROWS_AT_ONCE,
    Block,
    Header,
    decoded,
    file_error,
    require_possible,
)
from chainrule.text.vectors.errors import VectorsError

_LONGEST_LINE = LONGEST_WORD + 40 * LARGEST_SIZE
_HEADER = re.compile(rb"([0-9]{1,15}) ([0-9]{1,15}) ?\r?\n?")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_END = b" \r\n"


def header_of(line: bytes) -> Header | None:
    """Return the header that the first line of a word2vec or fastText file is, or None."""
    found = _HEADER.fullmatch(line)
    return None if found is None else Header(int(found[1]), int(found[2]))


def read_text(path: Path, file: BinaryIO, header: Header | None) -> Iterator[Block]:
    """Yield the blocks of a text file that is open at its first row.

    header  its first line, or None for a file without one, such as GloVe's

    Raises VectorsError, with file and line, for rows of different size, numbers that are not
    finite, text that is not UTF-8, and a count that is not that of the header.
    """
    if header is not None:
        require_possible(path, header, 2 * header.size + 2, os.fstat(file.fileno()).st_size)
    line, size, count = 1 if header is None else 2, 0 if header is None else header.size, 0
    for lines in _groups(path, file, line):
        size = size or _size(path, lines[0], line)
        yield _block(path, lines, size, line)
        line += len(lines)
        count += len(lines)
    if header is not None and count != header.count:
        reason = f"the header promises {header.count} vectors, and the file has {count}"
        raise file_error(path, 1, f"{reason}; it is truncated or damaged, use another copy")


def write_text(file: BinaryIO, blocks: Iterable[Block], ending: bytes = b"\n") -> None:
    """Write blocks as rows of text, each number with the digits that float32 needs."""
    for block in blocks:
        for word, vector in zip(block.words, block.vectors, strict=True):
            numbers = " ".join(map(str, vector))
            file.write(f"{word} {numbers}".encode() + ending)


def _groups(path: Path, file: BinaryIO, line: int) -> Iterator[list[bytes]]:
    """Yield the lines of a file in groups; raises VectorsError for one that is too long."""
    lines: list[bytes] = []
    while found := file.readline(_LONGEST_LINE):
        if len(found) == _LONGEST_LINE and not found.endswith(b"\n"):
            reason = f"the line has more than {_LONGEST_LINE} bytes; it is no row of word vectors"
            raise file_error(path, line + len(lines), reason)
        lines.append(found)
        if len(lines) == ROWS_AT_ONCE:
            yield lines
            line += len(lines)
            lines = []
    if lines:
        yield lines


def _size(path: Path, first: bytes, line: int) -> int:
    """Return how many numbers stand at the end of the first row."""
    fields = first.rstrip(_END).split(b" ")
    size = 0
    while size < len(fields) - 1 and _NUMBER.fullmatch(fields[-1 - size]):
        size += 1
    if not 1 <= size <= LARGEST_SIZE:
        raise file_error(path, line, "this is no row of word vectors: a word and its numbers")
    return size


def _block(path: Path, lines: list[bytes], size: int, line: int) -> Block:
    fields = [each.rstrip(_END).rsplit(b" ", size) for each in lines]
    for number, row in enumerate(fields, start=line):
        if len(row) != size + 1:
            reason = f"the row has {len(row) - 1} numbers where {size} are expected"
            raise file_error(path, number, f"{reason}; all vectors of a file have one size")
    words = [decoded(row[0], path, number) for number, row in enumerate(fields, start=line)]
    return Block(words, _numbers(path, fields, size, line))


def _numbers(path: Path, fields: list[list[bytes]], size: int, line: int) -> Any:
    """Return the numbers of all rows at once, or find the line that prevents it."""
    text = b" ".join(b" ".join(row[1:]) for row in fields)
    if not text.translate(None, b"0123456789.+-eE "):
        found = _parsed(text)
        if found.size == size * len(fields) and np.isfinite(found).all():
            return found.reshape(len(fields), size)
    rows = [_row(path, row, number) for number, row in enumerate(fields, start=line)]
    return np.array(rows, np.float32).reshape(len(fields), size)


def _parsed(text: bytes) -> Any:
    with warnings.catch_warnings():  # of text that is no number, which is found row by row
        warnings.simplefilter("ignore")
        try:
            return np.fromstring(text.decode(), np.float32, sep=" ")
        except ValueError:
            return np.zeros(0, np.float32)


def _row(path: Path, row: list[bytes], line: int) -> Any:
    for each in row[1:]:
        if not _NUMBER.fullmatch(each):
            raise _no_number(path, each, line)
    with np.errstate(over="ignore"):
        numbers = np.array([float(each) for each in row[1:]]).astype(np.float32)
    if not np.isfinite(numbers).all():
        raise _no_number(path, row[1:][int(np.argmin(np.isfinite(numbers)))], line)
    return numbers


def _no_number(path: Path, found: bytes, line: int) -> VectorsError:
    shown = ascii(found[:40].decode(errors="replace"))
    return file_error(path, line, f"{shown} is not a finite number of 32 bits")
