"""The input of `chainrule ner tag`, split into what is tagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chainrule.cli.tagged_output import Format
from chainrule.ner import Tagger
from chainrule.ner.passages import passages_of
from chainrule.ner.tag_rows import sentences_of_rows, words_of_rows
from chainrule.text.numbered_text import NumberedText


class Input(StrEnum):
    """The kinds of text that are tagged."""

    TEXT = "text"
    WORDS = "words"
    COLUMNS = "columns"


@dataclass(frozen=True)
class Part:
    """A part of the input.

    sentences  its sentences, of words
    passages   of plain text, the passages and where they begin
    rows       of columns, the rows of each sentence
    lines      whether line ends end sentences
    """

    sentences: list[list[str]]
    passages: list[tuple[str, int]]
    rows: list[list[str]]
    lines: bool


def read(
    tagger: Tagger, texts: Iterator[str], kind: Input, form: Format, lines: bool, whole: bool
) -> Iterator[Part | NumberedText]:
    """Yield pieces of text as parts, or, to be written in the tagger's columns, as numbered words.

    whole  whether each text is one passage
    """
    if kind is Input.TEXT and form is Format.COLUMNS:
        yield from map(tagger.tokenizer(lines), texts)
        return
    at = 0
    for text in texts:
        yield _part(tagger, text, at, kind, form, lines, whole)
        at += len(text)


def _part(
    tagger: Tagger, text: str, at: int, kind: Input, form: Format, lines: bool, whole: bool
) -> Part:
    rows: list[list[str]] = []
    sentences: list[list[str]] = []
    passages: Any = []
    if kind is Input.COLUMNS:
        rows = [*sentences_of_rows(text)]
        sentences = [*map(words_of_rows, rows)]
    elif kind is Input.WORDS:
        sentences = [line.split() for line in text.splitlines() if line.strip()]
    elif form.of_passages:
        passages = (
            [(text, at)] if whole or form is Format.INLINE else [*passages_of(text, at, lines)]
        )
    else:
        sentences = tagger.split(text, lines)
    return Part(sentences, passages, rows, lines)
