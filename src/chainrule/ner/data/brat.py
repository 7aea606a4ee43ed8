"""brat standoff: a text in NAME.txt, its entities in NAME.ann; a folder of such pairs, or one pair.

    T1<tab>PER 0 3<tab>Ada
    T2<tab>ORG 4 8;9 12<tab>Acme Ltd

Only lines of entities, which begin with T, are read. Places count characters. An entity in several
pieces is read if only blanks are between them, and otherwise left out and counted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

from chainrule.ner.data import tally as reasons
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.files import readable, text_of
from chainrule.ner.data.joined_words import joined
from chainrule.ner.data.record import Mark, Record
from chainrule.ner.data.tally import Tally
from chainrule.storage import replace_folder, shown
from chainrule.text import Sentence, spans

_ENTITY = re.compile(r"(T[^\t]*)\t(\S+) ([0-9]+ [0-9]+(?:;[0-9]+ [0-9]+)*)(?:\t(.*))?")
_SENTENCES = 500  # of a document that is written
_DIGITS = 12


def read_brat(path: Path, tally: Tally) -> Iterator[Record]:
    """Yield a record for each document of a folder, in the order of names, or for one document."""
    for each in _documents(path):
        text = text_of(each.with_suffix(".txt"))
        annotations = text_of(each.with_suffix(".ann"))
        place = shown(each.with_suffix(".ann"))
        marks = _marks(annotations, text, place, tally)
        yield Record(text, tuple(marks), None, place, lines=True)


def _documents(path: Path) -> list[Path]:
    if not os.path.isdir(path):
        return [path]
    with readable(path):
        files = sorted(path.rglob("*"))
    found = [each for each in files if each.suffix == ".ann"]
    alone = [
        each for each in files if each.suffix == ".txt" and not each.with_suffix(".ann").is_file()
    ]
    if alone:
        raise DataError(
            f"{shown(alone[0])}: the file has no {alone[0].with_suffix('.ann').name} beside it. "
            "Add it (it is empty if there is no entity), or move the text elsewhere."
        )
    if not found:
        raise DataError(f"{shown(path)}: the folder holds no .ann file; give brat standoff.")
    return found


def _marks(annotations: str, text: str, place: str, tally: Tally) -> Iterator[Mark]:
    for number, line in enumerate(annotations.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("T"):
            yield from _mark(line, text, f"{place}, line {number}", tally)
        elif line.strip() and line[0] not in "REAMN#*":
            raise DataError(
                f"{place}, line {number}: {line[:40]!r} is no line of brat standoff. Entities are "
                "lines like 'T1<tab>PER 0 3<tab>Ada'."
            )


def _mark(line: str, text: str, place: str, tally: Tally) -> Iterator[Mark]:
    match = _ENTITY.fullmatch(line)
    if match is None or any(len(each) > _DIGITS for each in re.findall(r"[0-9]+", match[3])):
        raise DataError(
            f"{place}: {line[:40]!r} is no entity. Give 'T1<tab>PER 0 3<tab>Ada': an id, a type, "
            "the first character and the one behind the last, the text."
        )
    pieces = [tuple(map(int, each.split())) for each in match[3].split(";")]
    for start, end in pieces:
        if not start <= end <= len(text):
            raise DataError(
                f"{place}: the entity is at {start} to {end}, and the text has {len(text)} "
                "characters. Use the .txt file that was annotated."
            )
    if any(text[a[1] : b[0]].strip() or b[0] < a[1] for a, b in pairwise(pieces)):
        tally.change(reasons.DISCONTINUOUS, place)
        return
    start, end = pieces[0][0], pieces[-1][1]
    if match[4] is not None and match[4].split() != text[start:end].split():
        raise DataError(
            f"{place}: the entity is {match[4][:40]!r}, but the text has "
            f"{text[start:end][:40]!r} at {start} to {end}. Use the .txt file that was annotated."
        )
    yield Mark(start, end, match[2])


def write_brat(path: Path, sentences: Iterable[Sentence]) -> None:
    """Write a folder of documents with 500 sentences each, a sentence per line."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataError(f"{shown(path)}: this exists already. Name a new folder.")
    rest = iter(sentences)

    def write(folder: Path) -> None:
        number = 0
        while group := list(islice(rest, _SENTENCES)):
            number += 1
            _write_document(folder / f"{number:05d}", group, path)

    replace_folder(path.resolve(), write)


def _write_document(path: Path, sentences: Sequence[Sentence], target: Path) -> None:
    lines: list[str] = []
    entities: list[str] = []
    at = 0
    for each in sentences:
        text, places = joined(each.words)
        if text.splitlines() != [text]:
            raise DataError(
                f"{shown(target)}: a word of {text[:40]!r} has a line end, and brat has a sentence "
                "per line. Write JSON lines."
            )
        for span in spans(each.tags):
            start, end = places[span.start][0], places[span.end - 1][1]
            entities.append(
                f"T{len(entities) + 1}\t{span.type} {at + start} {at + end}\t{text[start:end]}\n"
            )
        lines.append(text + "\n")
        at += len(text) + 1
    path.with_suffix(".txt").write_bytes("".join(lines).encode())
    path.with_suffix(".ann").write_bytes("".join(entities).encode())
