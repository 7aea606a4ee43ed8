"""Column files: one word per line with its tag in the last column, a blank line after a sentence.

    EU      NNP  I-NP  I-ORG
    rejects VBZ  I-VP  O

The rules, which cover CoNLL-2003, WNUT-2017 and KLUE-NER:

- A line with a tab in it is separated by tabs, any other by runs of spaces. The first column is
  the word, the last one the tag; all rows of a file have the same number of columns, at least two.
- In a row separated by tabs the word may be a single space (KLUE tags characters).
- A line of nothing but spaces and tabs ends the sentence. So does a `-DOCSTART-` row, which is
  skipped.
- A comment stands where a sentence could start, begins with `#`, and its last column is no tag.
- The encoding is UTF-8; a byte order mark and Windows line ends are tolerated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from chainrule.text.tags import is_tag

_DOCUMENT_START = "-DOCSTART-"


class ConllError(ValueError):
    """A column file that cannot be read or written; the message names file, line and reason."""


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence and their tags, one for each. Raises `ValueError` otherwise."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"A sentence has one tag per word, but found {len(self.words)} words and "
                f"{len(self.tags)} tags; give as many tags as words."
            )


def read_conll(path: str | Path) -> list[Sentence]:
    """Read the tagged sentences of a column file; the module says what such a file looks like.

    Raises `ConllError`, a sentence with file, line and reason, if the file is missing, is not
    UTF-8, holds no sentence, or has a row that is not a word with a tag.
    """
    path = Path(path)
    sentences = [_sentence(rows) for rows in _sentences_of_rows(path, _text_of(path))]
    if not sentences:
        raise ConllError(
            f"{path}: the file holds no sentence; expected lines with a word and its tag."
        )
    return sentences


def write_conll(
    path: str | Path,
    sentences: Sequence[Sentence],
    predicted: Sequence[Sequence[str]] | None = None,
) -> None:
    """Write word and tag, and the predicted tag if given, separated by tabs, in UTF-8.

    With `predicted`, one tag sequence per sentence, the file is what `conlleval -d '\\t'` scores.
    Raises `ConllError` for words and tags that `read_conll` would not read back, and if there are
    not as many predicted tags as words.
    """
    path = Path(path)
    blocks = [[sentence.words, sentence.tags] for sentence in sentences]
    if predicted is not None:
        _check_predicted(path, sentences, predicted)
        blocks = [[*block, tuple(tags)] for block, tags in zip(blocks, predicted, strict=True)]
    for words, *tags in blocks:
        _check_words(path, words)
        _check_tags(path, chain(*tags))
    text = "".join(_text_of_block(block) for block in blocks)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConllError(f"{path}: the file cannot be written: {error.strerror}.") from error


def _text_of(path: Path) -> str:
    try:
        # Asked beforehand, because opening a directory fails in another way on each system.
        if path.is_dir():
            raise ConllError(f"{path}: this is a directory; name a file in it.")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConllError(f"{path}: there is no such file; check the path.") from error
    except OSError as error:
        raise ConllError(f"{path}: the file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise _error(path, line, reason) from error


def _sentences_of_rows(path: Path, text: str) -> Iterator[list[list[str]]]:
    """Yield the rows of one sentence after the other, each row checked."""
    rows: list[list[str]] = []
    width = 0
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        columns = _columns(line)
        if not columns or columns[0] == _DOCUMENT_START:
            if rows:
                yield rows
            rows = []
        elif rows or not _is_comment(columns):
            _check_row(path, number, columns, width)
            width = len(columns)
            rows.append(columns)
    if rows:
        yield rows


def _columns(line: str) -> list[str]:
    # Not str.split(): to it a no-break or an ideographic space, which may be a word, is a blank.
    if not line.strip(" \t"):
        return []
    return line.split("\t") if "\t" in line else [part for part in line.split(" ") if part]


def _is_comment(columns: list[str]) -> bool:
    return columns[0].startswith("#") and not is_tag(columns[-1])


def _sentence(rows: list[list[str]]) -> Sentence:
    return Sentence(tuple(row[0] for row in rows), tuple(row[-1] for row in rows))


def _text_of_block(columns: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)) + "\n"


def _check_row(path: Path, number: int, columns: list[str], width: int) -> None:
    found = len(columns)
    if found == 1:
        reason = f"the row {columns[0]!r} has one column; give a word and its tag"
    elif width and found != width:
        reason = f"the row has {found} columns, the rows before have {width}; make them equal"
    elif not columns[0]:
        reason = "the word is empty; give a word before the first tab"
    elif not is_tag(columns[-1]):
        reason = f"the last column, {columns[-1]!r}, is not a tag; give O or a tag like B-PER"
    else:
        return
    raise _error(path, number, reason)


def _check_predicted(
    path: Path, sentences: Sequence[Sentence], predicted: Sequence[Sequence[str]]
) -> None:
    expected = [len(sentence.words) for sentence in sentences]
    if expected != [len(tags) for tags in predicted]:
        raise ConllError(
            f"{path}: the predicted tags do not match the sentences; give one sequence per "
            f"sentence, with one tag per word."
        )


def _check_words(path: Path, words: Sequence[str]) -> None:
    if not words:
        raise ConllError(f"{path}: a sentence without words cannot be written; leave it out.")
    for word in words:
        if not word or word == _DOCUMENT_START or "\t" in word or "\n" in word:
            raise ConllError(
                f"{path}: the word {word!r} cannot stand in a column file; words are not empty, "
                f"hold no tab and no line end, and are not {_DOCUMENT_START}."
            )


def _check_tags(path: Path, tags: Iterable[str]) -> None:
    for tag in tags:
        if not is_tag(tag):
            raise ConllError(f"{path}: {tag!r} is not a tag; write O or a tag like B-PER.")


def _error(path: Path, line: int, reason: str) -> ConllError:
    return ConllError(f"{path}, line {line}: {reason}.")
