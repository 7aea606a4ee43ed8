"""`chainrule ner evaluate`: score a named-entity tagger on labelled data."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.data_format import FORMS, Form
from chainrule.cli.errors import reported
from chainrule.ner import draw_reliability, load, reliability
from chainrule.ner.augmentation import with_case
from chainrule.ner.data import read_labelled
from chainrule.text import Score, write_conll


class TextCase(StrEnum):
    """The cases of words."""

    UPPER = "upper"
    TITLE = "title"
    LOWER = "lower"


@reported
def evaluate(
    model: Annotated[
        Path, typer.Option(help="The folder of the tagger, which `train --out` wrote.")
    ],
    data: Annotated[
        Path,
        typer.Option(help="Labelled data in any format that `chainrule ner convert` reads."),
    ],
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"The format of --data: {FORMS}. Without it: detected.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    macro: Annotated[
        bool, typer.Option("--macro", help="Also print the mean of the F1 of the types.")
    ] = False,
    shows_reliability: Annotated[
        bool,
        typer.Option(
            "--reliability",
            help="Also print how often entities are right, by the confidence in them.",
        ),
    ] = False,
    diagram: Annotated[
        Path | None,
        typer.Option(help="Draw the reliability as a picture (PNG); needs matplotlib."),
    ] = None,
    case: Annotated[
        TextCase | None, typer.Option(help="Score the words in this case, not as they are written.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Also write words, gold tags and predicted tags to this file, in IOB2, for "
            "conlleval -d '\\t'."
        ),
    ] = None,
) -> None:
    """Print entity precision, recall and F1 in the format of the official CoNLL scorer.

    An entity is right if its words and its type are. FB1 is F1; the line of the accuracy holds the
    scores of all entities together (micro average). Strict scorers, which count only valid
    sequences of tags, give the same numbers: gold and predicted tags are compared in IOB2, in which
    all sequences are valid.
    """
    tagger, sentences = load(model), read_labelled(data, form)
    if case is not None:
        sentences = with_case(sentences, case.value)
    found = tagger.evaluate(sentences)
    wanted = shows_reliability or diagram is not None
    reliable = reliability(tagger, sentences) if wanted else None
    if as_json:
        more = {"reliability": reliable.as_dict()} if reliable is not None else {}
        typer.echo(json.dumps({**found.as_dict(), **more}, indent=1))
    else:
        typer.echo(str(found))
    if macro and not as_json:
        typer.echo(_averages(found))
    if reliable is not None and not as_json:
        typer.echo(str(reliable))
    if reliable is not None and diagram is not None:
        draw_reliability(reliable, diagram)
    if predictions is not None:
        write_conll(predictions, sentences, tagger.tag([each.words for each in sentences]))


def _averages(found: Score) -> str:
    types = sum(1 for each in found.types.values() if each.gold)
    return (
        f"micro average, all entities: F1 {found.overall.f1:.2f}\n"
        f"macro average, mean of the F1 of the {types} types in the data: F1 {found.macro_f1:.2f}\n"
        "both the same for conlleval and for strict scoring, since all tags are valid"
    )
