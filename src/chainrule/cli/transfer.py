"""`chainrule transfer`: which way of training on top of a pretrained network wins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.classify import read_labelled
from chainrule.cli.errors import reported
from chainrule.cli.json_file import write_json
from chainrule.transfer import STRATEGIES, TextTask, compare


@reported
def transfer(
    pretrained: Annotated[
        Path, typer.Option(help="The folder of a pretrained network, as hubs lay it out.")
    ],
    train: Annotated[
        list[Path], typer.Option(help="Labelled texts of a task; repeat for more tasks.")
    ],
    dev: Annotated[list[Path], typer.Option(help="Held-out texts, one file for each --train.")],
    sizes: Annotated[
        str, typer.Option(help="Numbers of samples, the small one first.")
    ] = "100,1000",
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each kind.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Steps of every training.")] = 200,
    strategies: Annotated[str, typer.Option(help=f"Some of {', '.join(STRATEGIES)}.")] = ",".join(
        STRATEGIES
    ),
    max_length: Annotated[int, typer.Option(min=3, help="Tokens to which texts are cut.")] = 128,
    batch_size: Annotated[int, typer.Option(min=1, help="Samples per step.")] = 16,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
) -> None:
    """Train a new classifier, the last layers, all, with augmentation, and from drawn weights.

    Every way is trained with every number of samples and every seed; the table says which wins,
    with its spread, beside what the rule of data size and similarity says.
    """
    if len(train) != len(dev):
        raise typer.BadParameter(
            f"{len(train)} files of --train and {len(dev)} of --dev were given. Give one held-out "
            "file for each task, in the same order."
        )
    settings = {"max_length": max_length, "batch_size": batch_size}
    tasks = [
        TextTask(
            f"{learned.parent.name}/{learned.stem}",
            pretrained,
            read_labelled(learned),
            read_labelled(held_out),
            steps=steps,
            settings=settings,
        )
        for learned, held_out in zip(train, dev, strict=True)
    ]
    found = compare(tasks, _numbers(sizes), seeds=seeds, strategies=_names(strategies), tell=_tell)
    typer.echo(str(found))
    if json is not None:
        write_json(json, found.data())


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    if not all(each.strip().isdecimal() and int(each) > 0 for each in parts):
        raise typer.BadParameter(f"--sizes {text!r} was given. Give numbers such as 100,1000.")
    return sorted({int(each) for each in parts})


def _names(text: str) -> list[str]:
    names = [each.strip() for each in text.split(",")]
    if unknown := [each for each in names if each not in STRATEGIES]:
        raise typer.BadParameter(
            f"--strategies has {unknown[0]!r}. Give some of {', '.join(STRATEGIES)}."
        )
    return names


def _tell(line: str) -> None:
    typer.echo(line, err=True)
