"""`chainrule ner explain`: why words have their tags."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule import ChainruleError, ner
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.ner import Explanation, load
from chainrule.ner.explaining.explanation_html import page
from chainrule.ner.explaining.explanation_picture import draw
from chainrule.storage import write_atomically

_UNPAIRED = re.compile("[\ud800-\udfff]")  # JSON can escape what UTF-8 cannot encode


class Format(StrEnum):
    """The formats of explanations."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class Method(StrEnum):
    """The methods of contributions."""

    INTEGRATED = "integrated"
    GRADIENT = "gradient"


_METHODS: dict[Method, Any] = {
    Method.INTEGRATED: "integrated gradients",
    Method.GRADIENT: "gradient times input",
}


@reported
def explain(
    model: Annotated[
        Path, typer.Option(help="The folder of the tagger, which `train --out` wrote.")
    ],
    text: Annotated[str, typer.Argument(help="The text to explain.", show_default=False)],
    word: Annotated[
        str | None,
        typer.Option(
            help="The word to explain, or its number from 0; by default all words of entities.",
            show_default=False,
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option(help="The tag to explain, such as B-PER; by default the predicted one."),
    ] = None,
    method: Annotated[
        Method, typer.Option(help="Gradients along a path, which sum, or one gradient, faster.")
    ] = Method.INTEGRATED,
    form: Annotated[
        Format, typer.Option("--format", help="The format of the explanations.")
    ] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(help="Write the explanations to this file, not to the screen.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw bars to this file too (.png, .svg or .pdf).")
    ] = None,
    flips: Annotated[
        bool, typer.Option(help="Search the smallest change of one word that flips the tag.")
    ] = True,
) -> None:
    """Print what every word and every row of a table contributes to the tag of a word.

    Integrated gradients, checked for their sum; the runner-up, and what separates the two; and the
    smallest change of one word that flips the tag.
    """
    tagger = load(model)
    chosen = _word(word, tagger.split(text))
    found = ner.explain(tagger, text, chosen, tag, method=_METHODS[method], flips=flips)
    if not found:
        raise ChainruleError(
            "The tagger finds no entity in the text. Give a word of it: --word WORD or --word 0."
        )
    if picture is not None:
        draw(found, picture)
    if out is None and form is Format.TEXT:
        _print(found)
    elif out is None:
        typer.echo(_written(found, form), nl=False)
    else:
        content = _written(found, form).encode()
        write_atomically(out, lambda file: file.write_bytes(content))


def _word(given: str | None, sentences: Sequence[Sequence[str]]) -> int | str | None:
    """Return a word of the text, or the number that was given."""
    if given is None or any(given in words for words in sentences):
        return given
    return int(given) if given.isascii() and given.isdigit() else given


def _print(found: Sequence[Explanation]) -> None:
    console = PlainConsole()
    for number, each in enumerate(found):
        if number:
            console.print()
        console.print(each if console.is_terminal else str(each), soft_wrap=True)


def _written(found: Sequence[Explanation], form: Format) -> str:
    if form is Format.JSON:
        text = json.dumps([each.as_dict() for each in found], ensure_ascii=False) + "\n"
        return _UNPAIRED.sub(lambda each: f"\\u{ord(each[0]):04x}", text)
    if form is Format.HTML:
        return page(found)
    return "\n\n".join(map(str, found)) + "\n"
