"""`chainrule classify`: train, evaluate and use a classifier of texts."""

from __future__ import annotations

import typer

from chainrule.cli.lazy_group import lazy_group

app = typer.Typer(
    cls=lazy_group(
        {
            "train": "chainrule.cli.classify_train",
            "evaluate": "chainrule.cli.classify_evaluate",
            "predict": "chainrule.cli.classify_predict",
            "explain": "chainrule.cli.classify_explain",
        }
    ),
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def classify() -> None:
    """A classifier of texts or pairs of texts, made from a pretrained network."""
