"""Text files as passages of tokens, in pieces of whole lines and constant memory."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from chainrule import ChainruleError
from chainrule.storage import open_regular, reason, shown
from chainrule.text import tokenize
from chainrule.word2vec.settings import Settings

_READ_AT_ONCE = 1 << 20
_LONGEST_LINE = 1 << 22  # characters; a longer line is cut at its last blank
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_DIGIT = re.compile(r"\d")


def passages(path: Path, settings: Settings) -> Iterator[list[str]]:
    """Yield the tokens of a file between empty lines; long passages come in several lists.

    An empty list stands for an empty line, the end of a passage. Raises ChainruleError for a file
    that is not UTF-8, StorageError for one that cannot be read.
    """
    for text in _pieces(path):
        for number, passage in enumerate(_EMPTY_LINE.split(text)):
            if number:
                yield []
            if tokens := _tokens(passage, settings):
                yield tokens


def _tokens(passage: str, settings: Settings) -> list[str]:
    text = unicodedata.normalize("NFC", passage)
    if settings.lower:
        text = text.lower()
    if settings.zero_digits:
        text = _DIGIT.sub("0", text)
    return text.split() if settings.tokens == "blanks" else [*chain(*tokenize(text))]


def _pieces(path: Path) -> Iterator[str]:
    """Yield the text of a file, cut at line ends; a very long line is cut at a blank."""
    held = ""
    with open_regular(path) as file:
        for part in _decoded(path, file):
            held += part
            end = held.rfind("\n") + 1
            if not end and len(held) > _LONGEST_LINE:
                end = held.rfind(" ") + 1 or len(held)
            # Line ends stay with what follows, so that an empty line is seen whole.
            end = len(held[:end].rstrip())
            if end:
                yield held[:end]
                held = held[end:]
    yield held


def _decoded(path: Path, file: BinaryIO) -> Iterator[str]:
    decoder, line = codecs.getincrementaldecoder("utf-8-sig")(), 1
    is_last = False
    while not is_last:
        try:
            raw = file.read(_READ_AT_ONCE)
        except OSError as error:
            raise ChainruleError(f"{shown(path)} cannot be read: {reason(error)}.") from error
        is_last = not raw
        try:
            yield decoder.decode(raw, is_last)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise ChainruleError(
                f"{shown(path)}, line {line}, is not UTF-8 text. Convert the file to UTF-8."
            ) from error
        line += raw.count(b"\n")
