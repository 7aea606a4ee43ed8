"""Labelled texts in tab-separated columns: a header `label text [pair]`, then a row per text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chainrule.classify.errors import LabelledTextError
from chainrule.storage.paths import reason, shown

LABEL, TEXT, PAIR = "label", "text", "pair"
_LONGEST_LINE = 1 << 24  # bytes


@dataclass(frozen=True)
class Row:
    """One row of a file.

    line   the number of its line, from 1
    label  None in a file without labels
    pair   the second text, None in a file of single texts
    """

    line: int
    text: str
    label: str | None = None
    pair: str | None = None


@dataclass(frozen=True)
class LabelledTexts:
    """The rows of a file, by columns.

    name    of the file, for messages
    lines   the numbers of the lines
    labels  as they are written
    pairs   the second texts, None for single texts
    """

    name: str
    lines: list[int]
    labels: list[str]
    texts: list[str]
    pairs: list[str] | None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def place(self, number: int) -> str:
        """Return the file and the line of a text, for messages."""
        return f"{self.name}, line {self.lines[number]}"


def read_labelled(path: str | os.PathLike[str]) -> LabelledTexts:
    """Return the labelled texts of a file; raises LabelledTextError if it cannot be used."""
    name = shown(path)
    rows = list(read_rows(path))
    if not rows:
        raise LabelledTextError(f"{name} has a header, but no row. Give labelled texts below it.")
    labels = [each.label for each in rows if each.label is not None]
    if len(labels) < len(rows):
        raise LabelledTextError(
            f"{name} has no column {LABEL!r}. Name the columns in the first line: label, text and, "
            "for pairs, pair, with tabs between them."
        )
    pairs = [each.pair for each in rows if each.pair is not None]
    return LabelledTexts(
        name, [each.line for each in rows], labels, [each.text for each in rows], pairs or None
    )


def read_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """Yield the rows of a file one by one; it may have no labels.

    The first line names the columns: "text" is required, "label" and "pair" are optional, others
    are ignored. Columns are separated by tabs; quotation marks are characters as any other. Empty
    lines are skipped. Raises LabelledTextError for a file that cannot be read or is not UTF-8, a
    header without "text", a row with more or fewer columns, and an empty field.
    """
    try:
        with Path(path).open("rb") as file:
            yield from rows_of(file, shown(path))
    except (OSError, ValueError) as error:
        if isinstance(error, LabelledTextError):
            raise
        raise LabelledTextError(
            f"{shown(path)} cannot be read: {reason(error)}. Check the path."
        ) from error


def rows_of(file: BinaryIO, name: str) -> Iterator[Row]:
    """Yield the rows of an open file; see `read_rows`."""
    lines = _lines(file, name)
    number, first = next(lines, (1, ""))
    columns = first.split("\t")
    places = _places(columns, name)
    for number, line in lines:
        if line:
            fields = line.split("\t")
            if len(fields) != len(columns):
                raise LabelledTextError(
                    f"{name}, line {number}, has {len(fields)} columns, but the header has "
                    f"{len(columns)}: {', '.join(columns)}. Separate columns by single tabs, and "
                    "replace tabs inside a text by spaces."
                )
            yield _row(name, number, {key: fields[at].strip() for key, at in places.items()})


def _row(name: str, number: int, fields: dict[str, str]) -> Row:
    if empty := [key for key, field in fields.items() if not field]:
        raise LabelledTextError(
            f"{name}, line {number}, has an empty {empty[0]}. Fill it in, or remove the line."
        )
    return Row(number, fields[TEXT], fields.get(LABEL), fields.get(PAIR))


def _places(columns: Sequence[str], name: str) -> dict[str, int]:
    """Return the places of the columns that are used, by their names."""
    found = {key: columns.index(key) for key in (LABEL, TEXT, PAIR) if key in columns}
    twice = [key for key in found if columns.count(key) > 1]
    if TEXT not in found or twice:
        begins = ", ".join(repr(each[:40]) for each in columns[:4])
        problem = f"names {twice[0]!r} twice" if twice else "has no column 'text'"
        raise LabelledTextError(
            f"The first line of {name} {problem}; it begins with {begins}. Name the columns there: "
            "label, text and, for pairs, pair, with tabs between them."
        )
    return found


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file with their numbers, without the line break."""
    number = 0
    while raw := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(raw) > _LONGEST_LINE:
            raise LabelledTextError(
                f"{name}, line {number}, is longer than {_LONGEST_LINE} bytes. It may not be text."
            )
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise LabelledTextError(
                f"{name}, line {number}, is not UTF-8 text. Convert the file to UTF-8."
            ) from error
        yield number, text.rstrip("\r\n")
