"""`chainrule transfer`: which way of training on top of a pretrained network wins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.classify import LabelledTextError, read_labelled
from chainrule.cli.errors import reported
from chainrule.cli.json_file import write_json
from chainrule.storage.paths import reason, shown
from chainrule.text import read_conll
from chainrule.transfer import STRATEGIES, TaggingTask, Task, TextTask, compare


@reported
def transfer(
    pretrained: Annotated[
        Path, typer.Option(help="The folder of a pretrained network, as hubs lay it out.")
    ],
    train: Annotated[
        list[Path],
        typer.Option(
            help="Labelled texts with a header (label, text, for pairs also pair), or a column "
            "file of entities; repeat for more tasks."
        ),
    ],
    dev: Annotated[list[Path], typer.Option(help="Held-out data, one file for each --train.")],
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
    chosen, numbers = _names(strategies), _numbers(sizes)
    settings = {"max_length": max_length, "batch_size": batch_size}
    tasks = [
        _task(pretrained, learned, held_out, steps, settings)
        for learned, held_out in zip(train, dev, strict=True)
    ]
    found = compare(tasks, numbers, seeds=seeds, strategies=chosen, on_training=_print_training)
    typer.echo(str(found))
    if json is not None:
        write_json(json, found.data())


def _task(pretrained: Path, train: Path, dev: Path, steps: int, settings: dict[str, int]) -> Task:
    """Return the task of two files: labelled texts if the first line names columns, else tags."""
    name = f"{train.absolute().parent.name}/{train.stem}"
    if not _has_header(train):
        data = (read_conll(each) for each in (train, dev))
        return TaggingTask(name, pretrained, *data, steps=steps)
    texts = (read_labelled(each) for each in (train, dev))
    return TextTask(name, pretrained, *texts, steps=steps, settings=settings)


def _has_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            first = file.readline(1 << 16)
    except OSError as error:
        raise LabelledTextError(
            f"{shown(path)} cannot be read: {reason(error)}. Check the path."
        ) from error
    return {b"label", b"text"} <= {*first.strip().removeprefix(b"\xef\xbb\xbf").split(b"\t")}


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


def _print_training(line: str) -> None:
    typer.echo(line, err=True)
