"""`chainrule lecture`: what the lectures work out by hand, worked out here."""

from __future__ import annotations

import typer

from chainrule.explore import lecture_gates

app = typer.Typer(help="The lectures' worked examples.", no_args_is_help=True)


@app.callback()
def lectures() -> None:
    """The lectures' worked examples."""


@app.command()
def gates() -> None:
    """Print the four worked circuits with their values and gradients; exit 1 if one differs."""
    text, agree = lecture_gates.gates()
    typer.echo(text)
    raise typer.Exit(0 if agree else 1)
