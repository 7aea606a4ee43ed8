"""The command `chainrule` and its sub-commands."""

from __future__ import annotations

import typer

import chainrule
from chainrule.cli.lazy_group import lazy_group

app = typer.Typer(
    cls=lazy_group(
        {
            name: f"chainrule.cli.{name.replace('-', '_')}"
            for name in (
                "classify",
                "ner",
                "vectors",
                "language-model",
                "transfer",
                "check",
                "doctor",
                "explore",
                "lecture",
                "zoo",
            )
        }
    ),
    help="A deep-learning framework in which the computational graph is the thing you hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"chainrule {chainrule.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Handle the options before the sub-command."""
