"""Rows of column files without tags, or with other ones: words to tag, and the rows with tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule import ChainruleError

_DOCUMENT_START = "-DOCSTART-"
_MARK = "\ufeff"


def sentences_of_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of each sentence of columns: lines between blank lines, unchanged.

    A row `-DOCSTART-` is a sentence of its own.
    """
    rows: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line.lstrip(_MARK)
        alone = line.split()[:1] == [_DOCUMENT_START]
        if (alone or _is_blank(line)) and rows:
            yield rows
            rows = []
        if alone:
            yield [line]
        elif not _is_blank(line):
            rows.append(line)
    if rows:
        yield rows


def words_of_rows(rows: Sequence[str]) -> list[str]:
    """Return the words of the rows of a sentence, their first columns; none for `-DOCSTART-`.

    Tabs separate columns in a row that holds one, otherwise blanks do. Raises ChainruleError for a
    row without a word.
    """
    if is_document_start(rows):
        return []
    words = [row.split("\t")[0] if "\t" in row else row.strip(" ").split(" ")[0] for row in rows]
    for word, row in zip(words, rows, strict=True):
        if not word:
            raise ChainruleError(
                f"The row {row!r} begins with an empty column. Give a word in the first column."
            )
    return words


def is_document_start(rows: Sequence[str]) -> bool:
    """Return whether rows are the row that begins a document."""
    return len(rows) == 1 and rows[0].split()[:1] == [_DOCUMENT_START]


def with_tags(rows: Sequence[str], tags: Sequence[str]) -> str:
    """Return the rows of a sentence with the tags as their last column, and a blank line.

    `-DOCSTART-` is given the tag O.
    """
    own = tags or ["O"]
    pairs = zip(rows, own, strict=True)
    return "".join(f"{row}{_separator(row)}{tag}\n" for row, tag in pairs) + "\n"


def _is_blank(line: str) -> bool:
    return not line.strip(" \t") and not line.startswith(" \t")


def _separator(row: str) -> str:
    return " " if " " in row.strip(" ") and "\t" not in row else "\t"
