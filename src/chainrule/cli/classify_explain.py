"""`chainrule classify explain`: which words decide, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.classify import ClassifierError, load
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.pretrained import PretrainedNetwork
from chainrule.storage import shown as shown_path
from chainrule.storage import write_atomically


@reported
def explain(
    model: Annotated[
        Path, typer.Option(help="The folder of the classifier, which `train --out` wrote.")
    ],
    text: Annotated[str, typer.Argument(help="The text to explain.", show_default=False)],
    pair: Annotated[str | None, typer.Option(help="The second text of a pair.")] = None,
    label: Annotated[
        str | None,
        typer.Option(help="The label that is explained; by default the predicted one."),
    ] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Show tokens, not the words that they make.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file too.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw bars to this file too (.png or .svg).")
    ] = None,
) -> None:
    """Print what every word contributes to the score of a label; the contributions sum to it.

    They are integrated gradients from a text of padding to TEXT, checked for their sum.
    """
    classifier = load(model)
    net = classifier.net
    if not isinstance(net, PretrainedNetwork):
        raise ClassifierError(
            f"The classifier of {shown_path(model)} was to be explained; its network is a "
            f"{type(net).__name__}. Explanations are computed for the encoders: BERT, DistilBERT, "
            "RoBERTa and XLM-R."
        )
    found = net.contributions(text, pair, label, max_length=classifier.settings.max_length)
    shown = found if tokens else found.words()
    PlainConsole().print(str(shown))
    if html is not None:
        page = shown.html().encode()
        write_atomically(html, lambda file: file.write_bytes(page))
    if plot is not None:
        shown.plot(plot)
