"""`chainrule ner tag`: tag text, a file, or standard input."""

from __future__ import annotations

import json
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule import ChainruleError
from chainrule.cli.errors import reported
from chainrule.cli.stream import ahead, pieces
from chainrule.ner import Tagger, load
from chainrule.ner.brackets import bracketed

_PRINTED_AT_ONCE = 1000


class Format(StrEnum):
    """The formats of tagged text."""

    BRACKETS = "brackets"
    COLUMNS = "columns"
    JSON = "json"


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
            "--format", help="Without it: brackets for TEXT, columns for files and standard input."
        ),
    ] = None,
) -> None:
    """Tag TEXT, a file, or standard input; input from a pipe is tagged as it arrives."""
    if text is not None and file is not None:
        raise ChainruleError("TEXT and --file were both given. Give one of them.")
    chosen = form or (Format.COLUMNS if text is None else Format.BRACKETS)
    tagger = load(model)
    texts = pieces(file) if text is None else iter([text])
    follow = iter if file is None else ahead
    if chosen is Format.COLUMNS:
        for words in follow(map(tagger.tokenizer(), texts)):
            typer.echo(tagger.columns_of(words), nl=False)
    else:
        for sentences in follow(map(tagger.split, texts)):
            _print(tagger, sentences, chosen)


def _print(tagger: Tagger, sentences: list[list[str]], form: Format) -> None:
    between = "" if tagger.units == "characters" else " "
    pairs = zip(sentences, tagger.tag(sentences), strict=True)
    for part in iter(lambda: [*islice(pairs, _PRINTED_AT_ONCE)], []):
        typer.echo("\n".join(_written(words, tags, form, between) for words, tags in part))


def _written(words: list[str], tags: Any, form: Format, between: str) -> str:
    if form is Format.BRACKETS:
        return bracketed(words, tags, between)
    return json.dumps({"words": words, "tags": tags}, ensure_ascii=False)
