"""The formats of labelled data, and which one a file has."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chainrule.ner.data.brat import read_brat, write_brat
from chainrule.ner.data.doc_bin import read_doc_bin, write_doc_bin
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.files import beginning_of
from chainrule.ner.data.json_records import read_json_lines
from chainrule.ner.data.json_writer import write_json_lines
from chainrule.ner.data.label_studio import read_label_studio
from chainrule.ner.data.record import Record
from chainrule.ner.data.tally import Tally
from chainrule.storage import shown
from chainrule.text import Sentence

CONLL = "conll"


@dataclass(frozen=True)
class Format:
    """A format: its reader and writer, None where there is none or it is that of CoNLL."""

    read: Callable[[Path, Tally], Iterator[Record]] | None
    write: Callable[[Path, Iterable[Sentence]], None] | None


_TABLE = {
    CONLL: Format(None, None),
    "jsonl": Format(read_json_lines, write_json_lines),
    "label-studio": Format(read_label_studio, None),
    "brat": Format(read_brat, write_brat),
    "spacy": Format(read_doc_bin, write_doc_bin),
}

FORMATS = tuple(_TABLE)
WRITTEN = tuple(name for name, each in _TABLE.items() if name == CONLL or each.write is not None)

_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".ann": "brat", ".spacy": "spacy"}
_COLUMNS = (".bio", ".conll", ".iob", ".tsv", ".txt")
_OBJECT = re.compile(rb'\s*\{\s*"[^"]*"\s*:')
_LIST = re.compile(rb"\s*\[\s*(?:\{|\]\s*$)")


def format_named(name: str) -> Format:
    """Return a format. Raises `DataError` for an unknown name."""
    if name not in _TABLE:
        raise DataError(f"Unknown format {name!r}. Choose one of {', '.join(FORMATS)}.")
    return _TABLE[name]


def format_of_input(path: Path) -> str:
    """Return the format of a file or folder: by its suffix, then by its first characters."""
    if os.path.isdir(path):
        return "brat"
    suffix = path.suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if suffix == ".txt" and path.with_suffix(".ann").is_file():
        return "brat"
    beginning = beginning_of(path)
    if _LIST.match(beginning):
        return "label-studio"
    return "jsonl" if _OBJECT.match(beginning) else CONLL


def format_of_output(path: Path) -> str:
    """Return the format that the suffix of a path to write names. Raises `DataError`."""
    suffix = path.suffix.lower()
    if suffix == ".ann":
        raise DataError(f"{shown(path)}: brat standoff is written as a folder. Name a folder.")
    if suffix == ".json":
        raise DataError(
            f"{shown(path)}: JSON is written as JSON lines. Name a file like OUT.jsonl."
        )
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if not suffix and os.path.isdir(path):
        return "brat"
    return CONLL


def suffix_names_format(path: Path) -> bool:
    """Return whether the suffix of a path to write is one of its format, not only the default."""
    return path.suffix.lower() in _COLUMNS or format_of_output(path) != CONLL
