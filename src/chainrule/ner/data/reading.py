"""Reading and writing of labelled data in any format."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from chainrule.ner.data.alignment import Alignment, aligned, require_alignment
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.formats import (
    CONLL,
    WRITTEN,
    format_named,
    format_of_input,
    format_of_output,
)
from chainrule.ner.data.tally import Tally
from chainrule.storage import reason, shown, write_atomically
from chainrule.text import (
    ConllError,
    Scheme,
    Sentence,
    encode,
    read_conll,
    require_labelled,
    spans,
    write_conll,
)

AnyPath = str | os.PathLike[str]


def read_labelled(
    path: AnyPath, form: str | None = None, align: Alignment = "split"
) -> list[Sentence]:
    """Return the tagged sentences of a file or folder.

    form   "conll", "jsonl", "label-studio", "brat" or "spacy"; None detects it from the suffix,
           then from the first characters
    align  what happens if an entity begins or ends inside a word: "split" the word, "expand" or
           "contract" the entity, or leave it out ("strict")

    Words are those of the file. A text that is not split into words is split by
    `chainrule.text.tokenize`; its tags are in the scheme IOB2. Warns with `DataWarning`, once, if
    entities or records were changed or left out, with their numbers. Raises `DataError` or
    `ConllError`, with file, line and reason, for a file that cannot be read or holds no sentence.
    """
    tally = Tally()
    found = list(labelled(path, tally, form, align))
    tally.warn(shown(Path(path)))
    return found


def labelled(
    path: AnyPath, tally: Tally, form: str | None = None, align: Alignment = "split"
) -> Iterator[Sentence]:
    """Yield the sentences of a file one after another, and count them in `tally`."""
    path = Path(path)
    require_alignment(align)
    name = format_of_input(path) if form is None else form
    read = format_named(name).read
    if read is None:
        for sentence in read_conll(path):
            tally.add(sentence)
            yield sentence
        return
    for record in read(path, tally):
        yield from aligned(record, align, tally)
    if not tally.sentences:
        notes = "".join(f" ({each})" for each in tally.notes())
        raise DataError(f"{shown(path)}: no sentence was found{notes}; expected {name} data.")


def write_labelled(
    path: AnyPath,
    sentences: Iterable[Sentence],
    form: str | None = None,
    scheme: Scheme | None = None,
) -> None:
    """Write tagged sentences to a file, or for brat to a new folder.

    form    "conll", "jsonl", "brat" or "spacy"; None takes the one of the suffix, else "conll"
    scheme  the scheme of tags in CoNLL columns; None keeps that of each sentence

    The file is complete or, after an error, as it was before. Raises `DataError`.
    """
    path = Path(path)
    name = format_of_output(path) if form is None else form
    write = format_named(name).write
    try:
        if name == CONLL:
            _write_columns(path, require_labelled(sentences), scheme)
        elif write is None:
            raise DataError(f"{name} is read only. Write one of {', '.join(WRITTEN)}.")
        else:
            write(path, _with_words(path, sentences))
    except (OSError, UnicodeEncodeError) as error:
        why = "it has half a surrogate pair" if isinstance(error, ValueError) else reason(error)
        raise DataError(f"{shown(path)}: the file cannot be written: {why}.") from error


def _write_columns(path: Path, sentences: list[Sentence], scheme: Scheme | None) -> None:
    if scheme is not None:
        sentences = [
            Sentence(each.words, encode(spans(each.tags), len(each.words), scheme))
            for each in sentences
        ]

    def write(file: Path) -> None:
        try:
            write_conll(file, sentences)
        except ConllError as error:
            raise DataError(str(error).replace(str(file), str(path))) from error

    write_atomically(path, write)


def _with_words(path: Path, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    for each in sentences:
        if not all(each.words) or not each.words:
            raise DataError(
                f"{shown(path)}: a sentence without words, or an empty word, cannot be written."
            )
        yield each
