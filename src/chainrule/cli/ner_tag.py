"""`chainrule ner tag`: tag text, a file, or standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.errors import reported
from chainrule.cli.stream import ahead, pieces
from chainrule.cli.tagged_input import Input, read
from chainrule.cli.tagged_output import Format, written
from chainrule.ner import load
from chainrule.ner.units import require_units


@reported
def tag(
    model: Annotated[
        Path, typer.Option(help="The folder of the tagger, which `train --out` wrote.")
    ],
    text: Annotated[str | None, typer.Argument(help="Text to tag.", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option(help="A UTF-8 text file to tag.")] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="brackets: words and brackets, a sentence per line. inline: the text unchanged, "
            "with brackets. columns: a word and its tag per line. conll: columns in IOB2. jsonl: "
            "per paragraph or line, an object with text and entities. json: a list of these. "
            "Without it: brackets for TEXT, columns for files and standard input.",
        ),
    ] = None,
    kind: Annotated[
        Input,
        typer.Option(
            "--input",
            metavar="KIND",
            help="text: plain text. words: a sentence per line, words between blanks. columns: a "
            "word per line in the first column, a blank line after a sentence; other columns are "
            "kept.",
        ),
    ] = Input.TEXT,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines",
            help="A line end ends a sentence. Without it text may be wrapped into lines, and is "
            "tagged when a blank line has come.",
        ),
    ] = False,
    units: Annotated[
        str | None,
        typer.Option(help="Split text into words or characters. Without it: as in training."),
    ] = None,
) -> None:
    """Tag TEXT, a file, or standard input; input from a pipe is tagged as it arrives."""
    if text is not None and file is not None:
        raise ChainruleError("TEXT and --file were both given. Give one of them.")
    _require_text(kind, lines, units)
    chosen = form or (Format.COLUMNS if text is None else Format.BRACKETS)
    tagger = load(model)
    if units is not None:
        tagger.units = require_units(units)
    by_line = lines or kind is Input.WORDS
    texts = pieces(file, by_line) if text is None else iter([text])
    follow = iter if file is None else ahead
    whole = text is not None and not lines
    parts = follow(read(tagger, texts, kind, chosen, lines, whole))
    for part in written(tagger, parts, kind, chosen):
        typer.echo(part, nl=False)


def _require_text(kind: Input, lines: bool, units: str | None) -> None:
    """Raise ChainruleError for options of plain text with input that is split already."""
    given = {"--lines": lines and kind is Input.COLUMNS, "--units": units is not None}
    for option, is_given in given.items():
        if is_given and kind is not Input.TEXT:
            raise ChainruleError(
                f"{option} and --input {kind} were both given, but {kind} are split already. "
                "Leave one of them out."
            )
