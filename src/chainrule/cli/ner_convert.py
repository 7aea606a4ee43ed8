"""`chainrule ner convert`: convert labelled data from one format to another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.data_format import FORMS, Form
from chainrule.cli.errors import reported
from chainrule.ner.data import write_labelled
from chainrule.ner.data.formats import suffix_names_format
from chainrule.ner.data.reading import labelled
from chainrule.ner.data.tally import Tally
from chainrule.storage import shown


class TagScheme(StrEnum):
    """The schemes in which tags are written."""

    IOB1 = "IOB1"
    IOB2 = "IOB2"
    IOBES = "IOBES"


class Align(StrEnum):
    """What happens if an entity begins or ends inside a word."""

    SPLIT = "split"
    EXPAND = "expand"
    CONTRACT = "contract"
    STRICT = "strict"


@reported
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The file or folder to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file or folder to write.")],
    form: Annotated[
        Form | None,
        typer.Option(
            "--from", metavar="FORMAT", help=f"The format of IN: {FORMS}. Without it: detected."
        ),
    ] = None,
    to: Annotated[
        Form | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="The format of OUT. Without it: by its suffix, else CoNLL columns.",
        ),
    ] = None,
    scheme: Annotated[
        TagScheme | None,
        typer.Option(help="The scheme of the tags of CoNLL columns. Without it: that of IN, IOB2."),
    ] = None,
    align: Annotated[
        Align,
        typer.Option(
            metavar="MODE",
            help="If an entity begins or ends inside a word: split the word, expand or contract "
            "the entity, or leave it out (strict).",
        ),
    ] = Align.SPLIT,
) -> None:
    """Convert labelled data: CoNLL columns, JSON lines, Label Studio, brat and spaCy DocBin.

    Prints the numbers of sentences and of entities by type, and of everything that was changed or
    left out. Label Studio is read only.
    """
    tally = Tally()
    sentences = labelled(source, tally, None if form is None else form.value, align.value)
    write_labelled(
        target,
        sentences,
        None if to is None else to.value,
        None if scheme is None else scheme.value,
    )
    if to is None and not suffix_names_format(target):
        typer.echo(
            f"{shown(target)} was written as CoNLL columns, because its suffix names no format. "
            "Give --to FORMAT for another one.",
            err=True,
        )
    typer.echo(f"{source} -> {target}")
    typer.echo("\n".join(tally.lines()))
