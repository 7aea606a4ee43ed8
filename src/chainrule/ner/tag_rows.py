"""Rows of column files without tags, or with other ones: words to tag, and the rows with tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule import ChainruleError
from chainrule.text.conll import is_comment, shape_of

_DOCUMENT_START = "-DOCSTART-"
_MARK = "\ufeff"


def sentences_of_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of each sentence of columns: lines between blank lines, unchanged.

    A row `-DOCSTART-` is a sentence of its own. Comments at the start of a sentence are among its
    rows.
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
    """Return the words of the rows of a sentence, their first columns; none for `-DOCSTART-`
    and comments.

    Tabs separate columns in a row that holds one, otherwise blanks do. Raises ChainruleError for a
    row without a word.
    """
    if is_document_start(rows):
        return []
    rows = rows[_comments(rows) :]
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

    `-DOCSTART-` is given the tag O, and comments none.
    """
    own = tags or (["O"] if is_document_start(rows) else [])
    comments = len(rows) - len(own)
    pairs = zip(rows[comments:], own, strict=True)
    tagged = (f"{row}{_separator(row)}{tag}\n" for row, tag in pairs)
    return "".join([*(f"{row}\n" for row in rows[:comments]), *tagged, "\n"])


def _comments(rows: Sequence[str]) -> int:
    """Return the number of comments with which a sentence begins; `read_conll` skips the same."""
    shape = shape_of(rows[-1]) if rows else None
    is_word = (at for at, row in enumerate(rows) if not is_comment(row, shape))
    return next(is_word, len(rows))


def _is_blank(line: str) -> bool:
    return not line.strip(" \t") and not line.startswith(" \t")


def _separator(row: str) -> str:
    return " " if " " in row.strip(" ") and "\t" not in row else "\t"
