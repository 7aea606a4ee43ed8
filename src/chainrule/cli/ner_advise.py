"""`chainrule ner advise`: are word vectors frozen, fine-tuned, or trained from scratch?"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.cli.ner_trial import STOPPED, tried_with_progress
from chainrule.cli.stream import pieces
from chainrule.ner.advice.advising import measured
from chainrule.ner.data import read_labelled
from chainrule.text.vectors import read_vectors


class Format(StrEnum):
    """The formats of an advice."""

    TEXT = "text"
    JSON = "json"


@reported
def advise(
    train: Annotated[
        Path,
        typer.Option(help="The labelled set, in any format that `chainrule ner convert` reads."),
    ],
    dev: Annotated[
        Path | None,
        typer.Option(help="Held-out data. Without it: the last tenth of --train."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(help="A file of word vectors: GloVe, word2vec, fastText or safetensors."),
    ] = None,
    raw: Annotated[
        list[Path] | None,
        typer.Option(help="Raw text in UTF-8, whose words are counted; may be repeated."),
    ] = None,
    try_modes: Annotated[
        bool,
        typer.Option("--try", help="Train taggers in each mode of --vectors, and compare them."),
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Trainings of each mode with --try. [3]")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Epochs of each training with --try. [3 or more, for about 1,500 steps]"
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TEXT,
    compiled: Annotated[
        bool,
        typer.Option("--compile/--no-compile", help="Use native code or the reference evaluator."),
    ] = True,
) -> None:
    """Say whether to freeze, fine-tune or retrain word vectors for a labelled set, and why.

    Prints sizes, the words that have a vector, how similar the labelled set is to the vectors'
    words, and what the rules of the lecture notes say. With --try taggers are trained briefly in
    each mode, and the winner is named, if the difference is certain.
    """
    if not try_modes and (seeds, epochs) != (None, None):
        raise ChainruleError("--seeds and --epochs are for trainings. Give --try with them.")
    learned, held_out = read_labelled(train), None if dev is None else read_labelled(dev)
    given = None if vectors is None else read_vectors(vectors)
    found = measured(learned, held_out, given, _words(raw))
    console, stopped = PlainConsole(), False
    if form is Format.TEXT:
        console.print(*found.measured(), sep="\n")
    if try_modes:
        found = tried_with_progress(
            found, learned, held_out, given, seeds or 3, epochs, compiled=compiled
        )
        stopped = found.trial is None
    if form is Format.TEXT:
        console.print("", *found.decided(), sep="\n")
    else:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    if stopped:
        raise typer.Exit(STOPPED)


def _words(files: list[Path] | None) -> int | None:
    """Return the number of words of text files, which white space separates."""
    if not files:
        return None
    return sum(len(piece.split()) for each in files for piece in pieces(each))
