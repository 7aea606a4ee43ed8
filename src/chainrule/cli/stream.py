"""Text from a file or a pipe in pieces of whole lines, as they arrive."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from chainrule import ChainruleError
from chainrule.ner.short_turns import short_turns

T = TypeVar("T")

# Bytes read at once: enough for efficient tagging, few enough for the memory.
_READ_AT_ONCE = 1 << 18
# Characters kept for an incomplete line; a longer line is split at its last space, and one of twice
# as many without a space anywhere.
_LONGEST_LINE = 1 << 20
# A blank and a tab begin a row of columns whose word is the blank.
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r(?!\n))(?! \t)[ \t]*(?=(\r\n|\n|\r(?!\n)))\1")
_TURN = 2e-4  # seconds, a fraction of a native call


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield items; another thread makes the next one meanwhile, so it must not wait for a user."""
    with ThreadPoolExecutor(1) as pool, short_turns(_TURN):
        following = pool.submit(_taken, items)
        while found := following.result():
            following = pool.submit(_taken, items)
            yield from found


def _taken(items: Iterator[T]) -> list[T]:
    return [*islice(items, 1)]


def pieces(file: Path | None, lines: bool = True) -> Iterator[str]:
    """Yield the text of a UTF-8 file, or of standard input, in pieces of whole lines as they come.

    lines  whether pieces end at any line end, otherwise at blank lines, so that no paragraph is cut

    A line of more than a million characters is split at a space, or without spaces at two million,
    and a paragraph of more than a million at a line end. Raises ChainruleError if the file cannot
    be read or is not UTF-8, after the text before that place was yielded.
    """
    name = "standard input" if file is None else str(file)
    if file is None and sys.stdin is None:
        raise ChainruleError("There is no standard input. Give TEXT or --file.")
    try:
        with nullcontext(sys.stdin.buffer) if file is None else file.open("rb") as source:
            found = _of_whole_lines(_decoded(source, name))
            yield from found if lines else _of_paragraphs(found)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ChainruleError(f"{name} cannot be read: {reason}. Check the path.") from error


def _decoded(source: Any, name: str) -> Iterator[str]:
    decoder, lines = codecs.getincrementaldecoder("utf-8-sig")(), 1
    is_last = False
    while not is_last:
        raw = source.read1(_READ_AT_ONCE)
        is_last = not raw
        try:
            yield decoder.decode(raw, is_last)
        except UnicodeDecodeError as error:
            whole = error.object[: error.start]
            yield whole.decode()
            raise ChainruleError(
                f"{name}, line {lines + whole.count(10)}, is not UTF-8 text. Convert the file to "
                f"UTF-8."
            ) from error
        lines += raw.count(10)


def _of_whole_lines(parts: Iterator[str]) -> Iterator[str]:
    kept: list[str] = []
    size = 0
    for part in parts:
        end = max(part.rfind("\n"), part.rfind("\r")) + 1
        if not end and size + len(part) > _LONGEST_LINE:
            end = part.rfind(" ") + 1
            if not end and size + len(part) > 2 * _LONGEST_LINE:
                end = len(part)
        if end:
            yield "".join([*kept, part[:end]])
            kept, size = [], 0
        kept.append(part[end:])
        size += len(part) - end
    yield "".join(kept)


def _of_paragraphs(parts: Iterator[str]) -> Iterator[str]:
    """Yield text that comes in whole lines in pieces that end with a blank line.

    Before an error, what came before it is yielded.
    """
    kept: list[str] = []
    size = 0
    try:
        for part in parts:
            before = kept[-1][-1:] if kept else ""
            end = max((each.end() for each in _BLANK_LINE.finditer(before + part)), default=0)
            end = max(end - len(before), 0)
            if not end and size + len(part) > _LONGEST_LINE:
                end = len(part)
            if end:
                yield "".join([*kept, part[:end]])
                kept, size = [], 0
            if part[end:]:
                kept.append(part[end:])
                size += len(part) - end
    except ChainruleError:
        yield "".join(kept)
        raise
    yield "".join(kept)
