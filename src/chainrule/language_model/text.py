"""Text as a tagger reads it: a sentence per line, its words with a blank between them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chainrule import ChainruleError
from chainrule.pretrained.flair.characters import BLANK, LINE_END
from chainrule.storage import read_regular, shown
from chainrule.text import tokenize

_LARGEST = 1 << 31  # bytes


def read_text(paths: Iterable[Path], as_written: bool = False) -> str:
    """Return the text of files in UTF-8, one after the other.

    as_written  True leaves the text as it is; otherwise it is split into sentences and words

    Raises ChainruleError for files without text or of another encoding, StorageError for files
    that cannot be read.
    """
    found = LINE_END.join(_text(each, as_written) for each in paths)
    if not found.strip():
        raise ChainruleError("The text holds no word. Give --text a file with text.")
    return found


def _text(path: Path, as_written: bool) -> str:
    try:
        text = read_regular(path, _LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChainruleError(
            f"{shown(path)} is not UTF-8: byte {error.start} does not belong to a character. "
            "Convert it to UTF-8."
        ) from error
    if as_written:
        return text
    return LINE_END.join(BLANK.join(words) for words in tokenize(text, lines=False))
