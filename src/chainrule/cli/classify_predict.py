"""`chainrule classify predict`: classify a text, the lines of a file, or standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.classify import Classifier, Prediction, load
from chainrule.classify.labelled_text import Row, read_rows
from chainrule.cli.errors import reported
from chainrule.cli.stream import pieces

_AT_ONCE = 256


class Format(StrEnum):
    """The formats of predictions."""

    TSV = "tsv"
    JSON = "json"


@reported
def predict(
    model: Annotated[
        Path, typer.Option(help="The folder of the classifier, which `train --out` wrote.")
    ],
    text: Annotated[str | None, typer.Argument(help="A text.", show_default=False)] = None,
    pair: Annotated[str | None, typer.Option(help="The second text of a pair.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A UTF-8 file with a text per line, without a header.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Texts with a header: text and, for pairs, pair."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="json has the probabilities of all classes.")
    ] = Format.TSV,
) -> None:
    """Print the label and its probability for TEXT, a file, or every line of standard input.

    A line of output per text, in order: label, tab, probability; with --regression, the number.
    """
    given = [name for name, each in _sources(text, file, data).items() if each is not None]
    if len(given) > 1:
        raise ChainruleError(f"{' and '.join(given)} were both given. Give one of them.")
    if pair is not None and text is None:
        raise ChainruleError("--pair was given without TEXT. Give TEXT, or --data with a column.")
    classifier = load(model)
    rows = iter([Row(1, text, pair=pair)]) if text is not None else _rows(file, data)
    size = _AT_ONCE if file or data or not sys.stdin.isatty() else 1
    while part := [*islice(rows, size)]:
        _print(classifier, part, form)


def _sources(text: str | None, file: Path | None, data: Path | None) -> dict[str, object]:
    return {"TEXT": text, "--file": file, "--data": data}


def _rows(file: Path | None, data: Path | None) -> Iterator[Row]:
    """Yield the texts of a file with a header, of one without, or of standard input."""
    if data is not None:
        yield from read_rows(data)
        return
    number = 0
    for piece in pieces(file):
        *lines, last = piece.split("\n")
        for line in [*lines, last] if last else lines:
            number += 1
            yield Row(number, line.removesuffix("\r"))


def _print(classifier: Classifier, rows: list[Row], form: Format) -> None:
    texts = [each.text for each in rows]
    pairs = [each.pair for each in rows if each.pair is not None]
    for each in classifier.predict(texts, pairs or None):
        typer.echo(_as_json(each) if form is Format.JSON else _as_columns(each))


def _as_columns(found: Prediction) -> str:
    if found.label is None:
        return f"{found.number:.4f}"
    return f"{found.label}\t{found.probabilities[found.label]:.4f}"


def _as_json(found: Prediction) -> str:
    if found.label is None:
        return json.dumps({"number": found.number})
    shown = {"label": found.label, "probabilities": found.probabilities}
    return json.dumps(shown, ensure_ascii=False)
