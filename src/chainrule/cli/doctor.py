"""`chainrule doctor RUN`: what ails a run, from the records that its doctor kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.errors import reported
from chainrule.train.doctor import Report, found_in, read
from chainrule.train.doctor.planted import Score, examinations


@reported
def doctor(
    run: Annotated[
        Path | None,
        typer.Argument(
            help="The folder given to cr.train.Doctor, or its doctor.jsonl.", show_default=False
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Also draw the vitals: .png, .svg or .pdf.")
    ] = None,
    score: Annotated[
        bool, typer.Option("--score", help="Judge the doctor on planted illnesses instead.")
    ] = False,
) -> None:
    """Say what ails a training run: the illness, the gate, the evidence, a remedy.

    Exits with 0 for a healthy run, with 1 for a sick one.
    """
    if score == (run is not None):
        raise ChainruleError("Give the folder of a run, or --score without one.")
    if run is None:
        raise typer.Exit(0 if _judged() else 1)
    history = read(run)
    report = Report(history, found_in(history))
    if picture is not None:
        report.plot(picture)
    typer.echo(str(report))
    raise typer.Exit(0 if report.ok else 1)


def _judged() -> bool:
    """Print run after run what the doctor found, and the score; say whether it is perfect."""
    judged = []
    for each in examinations():
        judged.append(each)
        typer.echo(str(each))
    found = Score(judged)
    typer.echo(f"\n{found}")
    return found.is_perfect
