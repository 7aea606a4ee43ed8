"""Column files: one word per line, its tag in the last column, a blank line after each sentence.

    EU      NNP  I-NP  I-ORG
    rejects VBZ  I-VP  O

The format covers CoNLL-2003, WNUT-2017 and KLUE-NER:

- Columns are separated by tabs in a line that contains a tab, otherwise by runs of spaces. The
  first column is the word, the last column is the tag. All rows of a file have the same number of
  columns, at least two.
- In a row separated by tabs the word can be a single space (KLUE-NER tags characters).
- A line of spaces and tabs only ends the sentence, unless its word is a single space and its tag
  is missing. A `-DOCSTART-` row also ends the sentence; it is skipped.
- A comment is a line at the start of a sentence that begins with one or more `#` and a blank. Its
  last column is not a tag, and it differs from the first row of the file in its separator or its
  number of columns, or has a blank within a column. Therefore `#nlp B_LOC` is a row with an invalid
  tag, and so is `# B_LOC` among rows of two columns. `# name = value` is a comment.
- The encoding is UTF-8. A byte order mark is skipped at the start of any line, since files can be
  concatenated. Lines end with LF or CRLF.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from chainrule.graph.errors import ChainruleError
from chainrule.storage import StorageError, read_input, shown
from chainrule.storage import reason as explained
from chainrule.text.sentence import Sentence, require_labelled, require_sentences
from chainrule.text.tags import SCHEMES_READ, encode, is_tag, spans

_DOCUMENT_START = "-DOCSTART-"
_COMMENT = re.compile(r"#(?:[ \t]|#+(?:[ \t]|$))")
_METADATA = re.compile(r"#+ \S+ = ")

_MARK = "\ufeff"  # the byte order mark

_Shape = tuple[bool, int]  # whether tabs separate columns, and their number


class ConllError(ChainruleError, ValueError):
    """Raised for a column file that cannot be read or written; names file, line and reason."""


def read_conll(path: str | os.PathLike[str]) -> list[Sentence]:
    """Read the tagged sentences of a column file, in the format that this module describes.

    Raises `ConllError`, with file, line and reason, if the file is missing, is not UTF-8, contains
    no sentence, or has a row without a word or a valid tag.
    """
    path = Path(path)
    sentences = [_sentence(rows) for rows in _sentences_of_rows(path, _text_of(path))]
    if not sentences:
        raise ConllError(
            f"{shown(path)}: the file holds no sentence; expected lines with a word and its tag."
        )
    return sentences


def write_conll(
    path: str | os.PathLike[str],
    sentences: Sequence[Sentence],
    predicted: Sequence[Sequence[str]] | None = None,
) -> None:
    """Write words, tags and optional predicted tags as columns separated by tabs, in UTF-8.

    With `predicted`, one tag sequence per sentence, the file is an input of `conlleval -d '\\t'`.
    Both tag columns are then converted to IOB2, because conlleval does not support the prefix S and
    merges adjacent IOBES entities of one type. In IOB2 it counts adjacent entities separately, and
    its report is equal to that of `chainrule.text.score` on the file.

    Raises `ConllError` for words and tags that `read_conll` could not read back, if the number of
    predicted tags differs from the number of words, and if the file cannot be written; raises
    `SentenceError` if `sentences` or `predicted` has another type.
    """
    path, sentences = Path(path), require_labelled(sentences)
    columns = [[each.tags for each in sentences]]
    if predicted is not None:
        predicted = require_sentences(predicted, "Predicted sequence")
        _check_predicted(path, sentences, predicted)
        columns.append([tuple(tags) for tags in predicted])
    for sentence in sentences:
        _check_words(path, sentence.words)
    _check_tags(path, chain.from_iterable(chain(*columns)))
    if predicted is not None:
        columns = [[encode(spans(tags), len(tags), "IOB2") for tags in each] for each in columns]
    blocks = zip((each.words for each in sentences), *columns, strict=True)
    text = "".join(_text_of_block(block) for block in blocks)
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        found = error.object[error.start]
        raise ConllError(
            f"{path}: {found!r} is half of a surrogate pair and cannot be written as UTF-8; "
            f"leave it out of words and tags."
        ) from error
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise ConllError(
            f"{shown(path)}: the file cannot be written: {explained(error)}."
        ) from error


def _text_of(path: Path) -> str:
    """Return the text of a file; raise `ConllError` if it is not UTF-8."""
    try:
        return _content_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise _error(path, line, reason) from error


def _content_of(path: Path) -> bytes:
    """Return the bytes of a file; raise `ConllError` if it cannot be read."""
    if os.path.isdir(path):
        raise ConllError(f"{shown(path)}: this is a directory; name a file in it.")
    try:
        return read_input(path)
    except FileNotFoundError as error:
        raise ConllError(f"{shown(path)}: there is no such file; check the path.") from error
    except StorageError as error:
        raise ConllError(f"{shown(path)}: the file cannot be read: {error}") from error
    except (OSError, ValueError) as error:
        reason = explained(error)
        raise ConllError(f"{shown(path)}: the file cannot be read: {reason}.") from error


def _sentences_of_rows(path: Path, text: str) -> Iterator[list[list[str]]]:
    """Yield the rows of each sentence; raise `ConllError` for an invalid row."""
    rows: list[list[str]] = []
    width = 0
    lines = [line.lstrip(_MARK) for line in text.replace("\r\n", "\n").split("\n")]
    shape = _shape_of_rows(lines)
    for number, line in enumerate(lines, start=1):
        columns = _columns(line)
        if "\r" in line:
            _check_line_end(path, number, columns)
        if not columns or columns[0] == _DOCUMENT_START:
            if rows:
                yield rows
            rows = []
        elif rows or not is_comment(line, shape):
            _check_row(path, number, columns, width)
            width = len(columns)
            rows.append(columns)
    if rows:
        yield rows


def _columns(line: str) -> list[str]:
    # str.split() would also split at no-break and ideographic spaces, which can be words.
    if not line.strip(" \t") and not line.startswith(" \t"):
        return []
    return line.split("\t") if "\t" in line else [part for part in line.split(" ") if part]


def is_comment(line: str, shape: _Shape | None) -> bool:
    """Return whether a line at the start of a sentence is a comment; `shape` is that of rows."""
    if _COMMENT.match(line) is None or is_tag(_columns(line)[-1]):
        return False
    if _METADATA.match(line) is not None or shape_of(line) != shape:
        return True
    return any(" " in column for column in _columns(line))


def _shape_of_rows(lines: Iterable[str]) -> _Shape | None:
    """Return the shape of the first line that cannot be a comment; None without one."""
    rows = (line for line in lines if _columns(line) and _columns(line)[0] != _DOCUMENT_START)
    certain = (line for line in rows if _COMMENT.match(line) is None or is_tag(_columns(line)[-1]))
    return next(map(shape_of, certain), None)


def shape_of(line: str) -> _Shape:
    """Return whether tabs separate the columns of a row, and their number."""
    return "\t" in line, len(_columns(line))


def _sentence(rows: list[list[str]]) -> Sentence:
    return Sentence(tuple(row[0] for row in rows), tuple(row[-1] for row in rows))


def _text_of_block(columns: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)) + "\n"


def _check_row(path: Path, number: int, columns: list[str], width: int) -> None:
    """Raise `ConllError` unless a row has a word, a valid tag and `width` columns, if not 0."""
    found = len(columns)
    if found == 1:
        reason = f"the row {columns[0]!r} has one column; give a word and its tag"
    elif width and found != width:
        reason = f"the row has {found} columns, the rows before have {width}; make them equal"
    elif not columns[0]:
        reason = "the word is empty; give a word before the first tab"
    elif not is_tag(columns[-1]):
        reason = (
            f"the last column, {columns[-1]!r}, is not a tag; give O or a tag like B-PER, with a "
            f"prefix of {SCHEMES_READ}"
        )
    else:
        return
    if columns[0].startswith("#"):
        reason += "; or make it a comment, with a space after # and not as many columns as a row"
    raise _error(path, number, reason)


def _check_line_end(path: Path, number: int, columns: Sequence[str]) -> None:
    if any("\r" in column for column in columns[1:]):
        reason = "the line contains a carriage return; save the file with line feeds"
        raise _error(path, number, reason)


def _check_predicted(
    path: Path, sentences: Sequence[Sentence], predicted: Sequence[Sequence[str]]
) -> None:
    """Raise `ConllError` unless there is one predicted tag per word."""
    expected = [len(sentence.words) for sentence in sentences]
    if expected != [len(tags) for tags in predicted]:
        raise ConllError(
            f"{path}: the predicted tags do not match the sentences; give one sequence per "
            f"sentence, with one tag per word."
        )


def _check_words(path: Path, words: Sequence[str]) -> None:
    """Raise `ConllError` if a word cannot be written to a column file."""
    if not words:
        raise ConllError(f"{path}: a sentence without words cannot be written; leave it out.")
    for word in words:
        if not word or word == _DOCUMENT_START or word[0] == _MARK or {"\t", "\n"} & set(word):
            raise ConllError(
                f"{path}: the word {word!r} cannot be written to a column file; words are not "
                f"empty, contain no tab or line end, do not begin with a byte order mark, and are "
                f"not {_DOCUMENT_START}."
            )


def _check_tags(path: Path, tags: Iterable[str]) -> None:
    for tag in tags:
        if not is_tag(tag):
            raise ConllError(f"{path}: {tag!r} is not a tag; write O or a tag like B-PER.")


def _error(path: Path, line: int, reason: str) -> ConllError:
    return ConllError(f"{shown(path)}, line {line}: {reason}.")
