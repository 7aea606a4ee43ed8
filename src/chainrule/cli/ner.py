"""`chainrule ner`: train, evaluate and use a named-entity tagger."""

from __future__ import annotations

import typer

from chainrule.cli.lazy_group import lazy_group

app = typer.Typer(
    cls=lazy_group(
        {
            "train": "chainrule.cli.ner_train",
            "evaluate": "chainrule.cli.ner_evaluate",
            "errors": "chainrule.cli.ner_errors",
            "explain": "chainrule.cli.ner_explain",
            "tag": "chainrule.cli.ner_tag",
            "serve": "chainrule.cli.ner_serve",
            "convert": "chainrule.cli.ner_convert",
            "advise": "chainrule.cli.ner_advise",
        }
    ),
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def ner() -> None:
    """A word-window named-entity tagger."""
