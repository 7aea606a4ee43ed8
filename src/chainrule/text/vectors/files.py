"""Files of word vectors: which format a file has, reading, writing and conversion."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import numpy as np

from chainrule.storage import (
    reading,
    require_memory,
    write_atomically,
)
from chainrule.text.vectors.binary_file import read_binary, write_binary
from chainrule.text.vectors.blocks import Block, Header, Table, blocks_of, file_error
from chainrule.text.vectors.errors import VectorsError
from chainrule.text.vectors.own_file import map_own, write_own
from chainrule.text.vectors.text_files import header_of, read_text, write_text
from chainrule.text.vectors.word_vectors import WordVectors

VectorFormat = Literal["chainrule", "word2vec", "word2vec-binary", "glove", "fasttext"]
VECTOR_FORMATS: tuple[VectorFormat, ...] = get_args(VectorFormat)

AnyPath = str | os.PathLike[str]

_FIRST_LINE = 1 << 16
_GZIP = b"\x1f\x8b"


def read_vectors(
    path: AnyPath, format: VectorFormat | None = None, *, check: bool = False
) -> WordVectors:
    """Return the word vectors of a file.

    format  "chainrule" (safetensors, mapped into memory), "word2vec", "word2vec-binary", "glove" or
            "fasttext"; None to recognise it by the content
    check   also compare a file of the format "chainrule" with its checksum, which reads all of it

    Raises VectorsError, with file and line, for damaged files and other formats, StorageError for a
    file that cannot be read.
    """
    path = Path(path)
    with reading(path) as file:
        if (format or _format_of(path, file)) == "chainrule":
            return map_own(path, file, check=check)
    words: list[str] = []
    tables: list[Table] = []
    for block in vector_blocks(path, format):
        words += block.words
        tables.append(block.vectors)
        _require_memory(path, 4 * block.vectors.shape[1] * len(words))
    return WordVectors(words, np.concatenate(tables))


def vector_blocks(path: AnyPath, format: VectorFormat | None = None) -> Iterator[Block]:
    """Yield the word vectors of a file in blocks of some thousand rows, in constant memory.

    Raises as `read_vectors` does, when the damaged place is reached.
    """
    path, count = Path(path), 0
    with reading(path) as file:
        found = format or _format_of(path, file)
        for block in _blocks(path, file, found):
            count += len(block.words)
            yield block
    if not count:
        raise file_error(path, None, "the file holds no word vector")


def write_vectors(
    path: AnyPath, vectors: WordVectors | Iterable[Block], format: VectorFormat = "chainrule"
) -> int:
    """Write word vectors to a file, atomically, and return how many were written.

    vectors  WordVectors, or blocks such as those of `vector_blocks`
    format   as for `read_vectors`

    Raises VectorsError for a word that the format cannot hold: text formats are read back from the
    end of the row, so a word may contain blanks in "glove" only. Raises StorageError if the file
    cannot be written.
    """
    if format not in VECTOR_FORMATS:
        raise _unknown(format)
    given = _blocks_of(vectors) if isinstance(vectors, WordVectors) else vectors
    blocks, version = _Counted(given), str(vars(sys.modules["chainrule"])["__version__"])

    def write(partial: Path) -> None:
        if format == "chainrule":
            write_own(partial, blocks, version)
        else:
            _write(partial, blocks, format)

    write_atomically(path, write)
    return blocks.count


class _Counted:
    """Blocks that are counted while they are read; raises VectorsError for other sizes."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks, self.count, self.size = blocks, 0, 0

    def __iter__(self) -> Iterator[Block]:
        for block in self.blocks:
            self.count += len(block.words)
            self.size = self.size or block.vectors.shape[1]
            if block.vectors.shape != (len(block.words), self.size):
                raise VectorsError(
                    f"A block of {len(block.words)} words has vectors of shape "
                    f"{block.vectors.shape}, after vectors of size {self.size}. Give one size."
                )
            yield block


def _blocks_of(vectors: WordVectors) -> Iterator[Block]:
    return blocks_of(vectors.words.words, vectors.table)


def _format_of(path: Path, file: BinaryIO) -> VectorFormat:
    """Return the format of an open file by its first bytes, and go back to its start."""
    first, rest = file.readline(_FIRST_LINE), b""
    header = header_of(first)
    if header is not None:
        rest = file.readline(_FIRST_LINE)
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if first.startswith(_GZIP):
        raise file_error(path, None, "it is compressed with gzip; unpack it first")
    if 8 < int.from_bytes(first[:8], "little") < size and first[8:9] == b"{":
        return "chainrule"
    if header is None:
        return "glove"
    return "word2vec" if _is_text(rest, header) else "word2vec-binary"


def _is_text(row: bytes, header: Header) -> bool:
    """Return whether the first row after a header is text: its fields are all there."""
    printable = not any(each < 9 for each in row)
    return printable and len(row.rstrip(b" \r\n").split(b" ")) >= header.size + 1


def _blocks(path: Path, file: BinaryIO, format: VectorFormat) -> Iterator[Block]:
    if format == "chainrule":
        yield from _blocks_of(map_own(path, file, check=True))
    elif format == "glove":
        yield from read_text(path, file, None)
    elif format in VECTOR_FORMATS:
        header = header_of(file.readline(_FIRST_LINE))
        if header is None:
            raise file_error(
                path,
                1,
                "the first line is not a number of words and a size of vectors, with which the "
                f"format {format} begins",
            )
        read = read_binary if format == "word2vec-binary" else read_text
        yield from read(path, file, header)
    else:
        raise _unknown(format)


def _write(partial: Path, blocks: _Counted, format: VectorFormat) -> None:
    """Write the rows, then the file: the header needs their count."""
    rows = partial.with_name("rows")
    with rows.open("wb") as file:
        _WRITERS[format](file, _writable(blocks, format))
    if not blocks.count:
        raise VectorsError("No word vector was given, so nothing was written.")
    with partial.open("wb") as file, rows.open("rb") as source:
        if format != "glove":
            file.write(f"{blocks.count} {blocks.size}\n".encode())
        shutil.copyfileobj(source, file, 1 << 20)


_WRITERS: dict[VectorFormat, Callable[[BinaryIO, Iterable[Block]], None]] = {
    "word2vec": write_text,
    "word2vec-binary": write_binary,
    "glove": write_text,
    "fasttext": lambda file, blocks: write_text(file, blocks, b" \n"),
}


def _writable(blocks: Iterable[Block], format: VectorFormat) -> Iterator[Block]:
    """Yield blocks; raises VectorsError for a word that could not be read back."""
    for block in blocks:
        _require_writable(block.words, format)
        yield block


def _require_writable(words: list[str], format: VectorFormat) -> None:
    for word in words:
        if " " in word and format != "glove":
            raise VectorsError(
                f"The word {word!r} has a blank, which the format {format} cannot hold. Write "
                "chainrule or glove."
            )
        if "\r" in word:
            raise VectorsError(f"The word {word!r} has a carriage return. Write chainrule.")


def _require_memory(path: Path, size: int) -> None:
    try:
        require_memory(2 * size)
    except MemoryError as error:
        raise file_error(
            path,
            None,
            f"its {size} bytes of vectors do not fit into memory; convert it to chainrule",
        ) from error


def _unknown(format: object) -> VectorsError:
    return VectorsError(
        f"{format!r} is not a format of word vectors. Choose one of {', '.join(VECTOR_FORMATS)}."
    )
