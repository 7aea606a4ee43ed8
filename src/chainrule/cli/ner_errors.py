"""`chainrule ner errors`: what a named-entity tagger gets wrong."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.ner import ErrorAnalysis, error_analysis, load
from chainrule.ner.analysis import screen
from chainrule.ner.data import read_labelled
from chainrule.storage import shown, write_atomically
from chainrule.text import Sentence

_EXAMPLES = {"text": 3, "json": 100, "html": 100}


class ReportFormat(StrEnum):
    """The formats of a report."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@reported
def errors(
    model: Annotated[
        Path | None, typer.Option(help="The folder of the tagger, which `train --out` wrote.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Labelled data in any format that `chainrule ner convert` reads."),
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Data with gold tags; with --predicted, without a model.")
    ] = None,
    predicted: Annotated[
        Path | None, typer.Option(help="The same words with predicted tags.")
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(help="The training data, for the mentions that the tagger has seen."),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(min=0, help="Examples of each kind: 3 in a text, 100 in JSON and on a page."),
    ] = None,
    as_format: Annotated[
        ReportFormat, typer.Option("--format", help="A text, JSON or a page that can be sorted.")
    ] = ReportFormat.TEXT,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file, not to standard output.")
    ] = None,
) -> None:
    """Print the errors of a tagger: their kinds, where they are, and what they cost.

    Kinds are missed, spurious, wrong type, boundary (other words, same type) and both. Entities
    are grouped by type, length, capitals, position, length of the sentence, unknown words and,
    with --train, by whether the mention was seen in training. Give --model and --data, or --gold
    and --predicted.
    """
    found = _analysis(model, data, gold, predicted, train)
    count = _EXAMPLES[as_format.value] if examples is None else examples
    if as_format is ReportFormat.TEXT and out is None:
        console = PlainConsole()
        console.print(screen(found, console.width, count))
        return
    report = _report(found, as_format, count)
    if out is None:
        typer.echo(report)
    else:
        content = report.encode("utf-8", "replace") + b"\n"
        write_atomically(out, lambda file: file.write_bytes(content))


def _report(found: ErrorAnalysis, as_format: ReportFormat, examples: int) -> str:
    if as_format is ReportFormat.HTML:
        return found.html(examples)
    if as_format is ReportFormat.JSON:
        return json.dumps(found.as_dict(examples), ensure_ascii=False, indent=1)
    return found.text(examples)


def _analysis(
    model: Path | None,
    data: Path | None,
    gold: Path | None,
    predicted: Path | None,
    train: Path | None,
) -> ErrorAnalysis:
    given = [each is not None for each in (model, data, gold, predicted)]
    if given not in ([True, True, False, False], [False, False, True, True]):
        raise ChainruleError(
            "Errors are those of a tagger on labelled data, or of predicted tags against gold "
            "tags. Give --model and --data, or --gold and --predicted."
        )
    seen = None if train is None else read_labelled(train)
    if model is not None and data is not None:
        return error_analysis(read_labelled(data), load(model), seen)
    assert gold is not None
    assert predicted is not None
    right, guess = read_labelled(gold), read_labelled(predicted)
    _require_same_words(gold, right, predicted, guess)
    return error_analysis(right, [each.tags for each in guess], seen)


def _require_same_words(
    gold: Path, right: list[Sentence], predicted: Path, guess: list[Sentence]
) -> None:
    if len(right) != len(guess):
        raise ChainruleError(
            f"{shown(gold)} has {len(right)} sentences, {shown(predicted)} has {len(guess)}. Both "
            "files must hold the same sentences."
        )
    for number, (a, b) in enumerate(zip(right, guess, strict=True), start=1):
        if a.words != b.words:
            raise ChainruleError(
                f"Sentence {number} has other words in {shown(gold)} than in {shown(predicted)}. "
                "Both files must hold the same sentences in the same order."
            )
