"""`chainrule classify evaluate`: score a classifier on labelled texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.classify import load, read_labelled
from chainrule.cli.errors import reported


@reported
def evaluate(
    model: Annotated[
        Path, typer.Option(help="The folder of the classifier, which `train --out` wrote.")
    ],
    data: Annotated[
        Path,
        typer.Option(help="Labelled texts with a header: label, text and, for pairs, pair."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Print accuracy, macro F1 and the figures of each class; or correlations for regression."""
    labelled = read_labelled(data)
    found = load(model).evaluate(labelled)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else _table(found))


def _table(found: dict[str, Any]) -> str:
    classes: dict[str, dict[str, float]] = found.get("classes", {})
    lines = [f"{name:20} {each:.4f}" for name, each in found.items() if name != "classes"]
    if classes:
        width = max(5, *map(len, classes))
        lines += ["", f"{'class':{width}}  precision  recall      f1  texts"]
        lines += [
            f"{label:{width}}  {each['precision']:9.4f}  {each['recall']:6.4f}  {each['f1']:6.4f}  "
            f"{each['texts']:5d}"
            for label, each in classes.items()
        ]
    return "\n".join(lines)
