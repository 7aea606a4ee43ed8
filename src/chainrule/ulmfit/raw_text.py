"""Files of raw text as documents of marked words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from chainrule.pretrained.ulmfit.word_tokenizer import document
from chainrule.storage import open_regular
from chainrule.storage.paths import shown
from chainrule.ulmfit.errors import UlmfitError

_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")


def documents(paths: Iterable[str | os.PathLike[str]]) -> Iterator[list[str]]:
    """Yield the documents of text files, each a list of words that begins with "xxbos".

    Empty lines separate documents. Raises StorageError for a file that cannot be read, UlmfitError
    for one that is not UTF-8.
    """
    for path in paths:
        for text in _EMPTY_LINE.split(_text(path)):
            if text.strip():
                yield document(text)


def _text(path: str | os.PathLike[str]) -> str:
    try:
        with open_regular(Path(path)) as file:
            content = file.read()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UlmfitError(
            f"{shown(path)} is not UTF-8 text, from byte {error.start} on. Convert it to UTF-8."
        ) from error
