"""Word vectors as safetensors, which are mapped into memory and not read at opening.

The array "vectors" is the table, float32 (words, size); the array "words" has the words in UTF-8, a
line end after each, so that opening a file runs no loop over the words.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from chainrule.storage.array_file import METADATA, ArrayPlace, Header, read_header
from chainrule.storage.errors import FormatError
from chainrule.storage.format import require_intact, require_known, stamped
from chainrule.text.vectors.blocks import Block, file_error
from chainrule.text.vectors.errors import VectorsError
from chainrule.text.vectors.word_list import WordList, joined_words
from chainrule.text.vectors.word_vectors import WordVectors

_VECTORS, _WORDS = "vectors", "words"
_ALIGNMENT = 8


def map_own(path: Path, file: BinaryIO, *, check: bool) -> WordVectors:
    """Return the vectors of an open safetensors file; the table is mapped into memory.

    check  also compare the content with the checksum of the file, which reads all of it

    Raises VectorsError for a damaged file and for one without words and vectors, StorageError for
    one of a later version.
    """
    try:
        header = read_header(file)
        places = _places(header)
    except FormatError as error:
        reason = f"it cannot be read as safetensors: {error}; use another copy"
        raise file_error(path, None, reason) from error
    require_known(path, header.metadata)
    table, joined = (_mapped(path, header, each) for each in places)
    if check:
        require_intact(path, {_VECTORS: table, _WORDS: joined}, header.metadata)
    return WordVectors(_word_list(path, joined, len(table)), table)


def write_own(partial: Path, blocks: Iterable[Block], version: str) -> None:
    """Write blocks as safetensors; the table goes through a file beside, not through memory."""
    raw, words, shape = partial.with_name("table"), [], (0, 0)
    with raw.open("wb") as file:
        for block in blocks:
            words.append(joined_words(block.words))
            shape = shape[0] + len(block.words), block.vectors.shape[1]
            file.write(block.vectors.astype("<f4").tobytes())
    if not shape[0]:
        raise VectorsError("No word vector was given, so nothing was written.")
    arrays = {
        _VECTORS: np.memmap(raw, "<f4", "r", shape=shape),
        _WORDS: np.concatenate(words),
    }
    with partial.open("wb") as file, raw.open("rb") as table:
        file.write(_header(arrays, stamped(arrays, {"chainrule": version})))
        shutil.copyfileobj(table, file, 1 << 20)
        file.write(arrays[_WORDS].tobytes())


def _header(arrays: dict[str, Any], metadata: dict[str, str]) -> bytes:
    table, words = arrays[_VECTORS], arrays[_WORDS]
    entries = {
        METADATA: metadata,
        _VECTORS: _entry("F32", table.shape, 0, table.nbytes),
        _WORDS: _entry("U8", words.shape, table.nbytes, table.nbytes + words.nbytes),
    }
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _entry(dtype: str, shape: tuple[int, ...], start: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def _places(header: Header) -> tuple[ArrayPlace, ArrayPlace]:
    """Return the places of table and words; raises FormatError if the file has others."""
    found = header.places
    if set(found) != {_VECTORS, _WORDS}:
        shown = ", ".join(sorted(map(ascii, found))[:5]) or "none"
        raise FormatError(f"word vectors have the arrays 'vectors' and 'words', found {shown}")
    table, words = found[_VECTORS], found[_WORDS]
    if table.dtype != np.float32 or len(table.shape) != 2 or 0 in table.shape:
        raise FormatError(f"the vectors are {table.dtype}{list(table.shape)}, not a float32 table")
    if words.dtype != np.uint8 or len(words.shape) != 1 or 0 in words.shape:
        raise FormatError(f"the words are {words.dtype}{list(words.shape)}, not a row of bytes")
    return table, words


def _mapped(path: Path, header: Header, place: ArrayPlace) -> Any:
    try:
        start = header.start + place.start
        return np.memmap(path, place.stored, "r", offset=start, shape=place.shape)
    except (OSError, ValueError) as error:
        raise file_error(path, None, f"it cannot be mapped into memory: {error}") from error


def _word_list(path: Path, joined: Any, rows: int) -> WordList:
    """Return the words of a file; raises VectorsError unless there is one per vector, in UTF-8."""
    found = WordList(joined)
    content = joined.tobytes()
    if len(found) != rows or not content.endswith(b"\n") or b"\n\n" in b"\n" + content:
        reason = f"it has {rows} vectors and {len(found)} words, or an empty word; it is damaged"
        raise file_error(path, None, f"{reason}, use another copy")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"word {line} is not UTF-8; the file is damaged, use another copy"
        raise file_error(path, None, reason) from error
    return found
