"""`chainrule explore PATH`: a run, a tagger with a text, or a file in the explorer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule import explorer
from chainrule.cli.errors import reported
from chainrule.storage import shown


@reported
def explore(
    path: Annotated[
        Path,
        typer.Argument(
            help="The folder given to cr.train.Doctor, the folder of a tagger, or a file that "
            "graph.explore(path) wrote (.html or .json).",
            show_default=False,
        ),
    ],
    step: Annotated[
        int | None,
        typer.Option(help="The step of the run whose graph is shown; by default the latest."),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option("--with", help="A run or a file to compare with, gate by gate."),
    ] = None,
    other_step: Annotated[
        int | None, typer.Option("--with-step", help="The step of the other run.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The text to tag, for a tagger.")] = None,
    word: Annotated[
        str | None,
        typer.Option(
            help="The word, or its number from 0; by default the first word of an entity."
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option(help="The tag to explore, such as B-PER; by default the predicted one."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one file of HTML, and open no browser.")
    ] = None,
) -> None:
    """Show a graph in a browser, forward and backward, with its numbers.

    Of a run: the doctor's findings, the gates to blame, their lines of code.
    Of a tagger: what words and rows of tables contribute to a tag.
    The page is served on this machine alone, until Ctrl-C.
    """
    explorer.explore(
        path,
        step=step,
        other=other,
        other_step=other_step,
        text=text,
        word=word,
        tag=tag,
        out=out,
        wait=True,
    )
    if out is not None:
        typer.echo(f"the page is in {shown(out)}")
