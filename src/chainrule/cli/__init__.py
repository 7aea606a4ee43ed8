"""The command `chainrule` and its sub-commands."""

from __future__ import annotations

import typer

import chainrule
from chainrule.cli import check, doctor, lecture, ner, vectors, zoo

app = typer.Typer(
    help="A deep-learning framework in which the computational graph is the thing you hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(ner.app, name="ner")
app.add_typer(vectors.app, name="vectors")
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.command("lecture")(lecture.lecture)
app.command("zoo")(zoo.zoo)


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
