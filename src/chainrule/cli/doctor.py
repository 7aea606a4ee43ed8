"""`chainrule doctor FOLDER`: the report on a training run, from the records of its doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.errors import reported
from chainrule.train.doctor import DoctorReport, found_in, read


@reported
def doctor(
    folder: Annotated[
        Path,
        typer.Argument(
            help="The folder given to cr.train.Doctor, or its file doctor.jsonl.",
            show_default=False,
        ),
    ],
    picture: Annotated[
        Path | None, typer.Option(help="Also draw the measurements: .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Report what is wrong with a training run: the illness, the gate, the evidence, a remedy.

    The exit code is 0 for a healthy run and 1 for a sick one.
    """
    history = read(folder)
    report = DoctorReport(history, found_in(history))
    if picture is not None:
        report.plot(picture)
    typer.echo(str(report))
    raise typer.Exit(0 if report.ok else 1)
