"""`chainrule ulmfit`: language models of raw text, and classifiers made from them."""

from __future__ import annotations

import typer

from chainrule.cli.lazy_group import lazy_group

app = typer.Typer(
    cls=lazy_group(
        {
            "pretrain": "chainrule.cli.ulmfit_pretrain",
            "train": "chainrule.cli.ulmfit_train",
            "curve": "chainrule.cli.ulmfit_curve",
        }
    ),
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def ulmfit() -> None:
    """A classifier in three stages: a language model, fine-tuned on the texts, then classes."""
