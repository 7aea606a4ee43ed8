"""The command: python -m benchmarks.finetuning TRAIN DEV FOLDER, in the project root.

TRAIN and DEV are labelled texts (`label text`), FOLDER a pretrained network. Both frameworks get
the same batches of texts of similar length, the same first head, rates and optimizer, and make
their steps in turns. The first step with each length is not timed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks import machine
from benchmarks.finetuning.job import Job
from benchmarks.finetuning.process import LearnerProcess
from chainrule.classify import Classifier, Settings, class_names, read_labelled
from chainrule.classify.targets import class_ids

FRAMEWORKS = ("with_chainrule", "with_transformers")


@dataclass(frozen=True)
class Data:
    """Which texts are used, and how they are divided; see the options of the command."""

    train: Path
    dev: Path
    texts: int | None
    dev_texts: int | None
    max_length: int
    batch_size: int
    extents: int


def main(
    train: Annotated[Path, typer.Argument(help="Labelled texts to train on.")],
    dev: Annotated[Path, typer.Argument(help="Labelled texts for the accuracy.")],
    folder: Annotated[Path, typer.Argument(help="The folder of a pretrained network.")],
    steps: Annotated[
        int | None, typer.Option(min=1, help="Timed steps only, without the accuracy.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings, with seeds from 0 on.")] = 1,
    texts: Annotated[int | None, typer.Option(min=1, help="Training texts. [all]")] = None,
    dev_texts: Annotated[int | None, typer.Option(min=1, help="Held-out texts. [all]")] = None,
    max_length: Annotated[int, typer.Option(min=3, help="Tokens per text.")] = 128,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts per batch.")] = 32,
    extents: Annotated[int, typer.Option(min=1, help="Different padded lengths.")] = 8,
    dropout: Annotated[bool, typer.Option(help="Without it, losses must agree.")] = True,
) -> None:
    """Compare the time of a step, the peak of memory, and the accuracy after one epoch."""
    console = Console(highlight=False)
    data = Data(train, dev, texts, dev_texts, max_length, batch_size, extents)
    for seed in range(seeds):
        job = _job(data, folder, seed, dropout)
        ours, theirs = (LearnerProcess(each, job) for each in FRAMEWORKS)
        ratios, processor, gaps = _in_turns(job, ours, theirs, steps)
        line = (
            f"seed {seed}: {len(ratios)} timed steps of {batch_size} texts, time of a step of "
            f"transformers over ours {median(ratios):.2f} (of the processor "
            f"{median(processor):.2f}); random batches would have {_padding_saved(job, seed):.2f} "
            f"times the tokens; mean difference of losses {mean(gaps):.4f}"
        )
        if steps is None:
            line += f"; accuracy {ours.accuracy():.4f} and {theirs.accuracy():.4f}"
        console.print(
            f"{line}; memory {ours.stop():.0f} and {theirs.stop():.0f} MB", soft_wrap=True
        )
    console.print(f"{machine.described()['processor']}, load {os.getloadavg()[0]:.1f}")


def _job(data: Data, folder: Path, seed: int, dropout: bool) -> Job:
    """Return the batches of one epoch with this seed, and those of the held-out texts."""
    learned, held_out = read_labelled(data.train), read_labelled(data.dev)
    names = class_names(learned)
    classifier = Classifier.for_labels(folder, names, Settings(max_length=data.max_length))
    chosen = np.random.default_rng(seed).permutation(len(learned))[: data.texts].tolist()
    training = classifier.tokens([learned.texts[i] for i in chosen]).buckets(
        class_ids(learned, names)[chosen], data.batch_size, extents=data.extents, seed=seed
    )
    validation = classifier.tokens(held_out.texts[: data.dev_texts]).buckets(
        class_ids(held_out, names)[: data.dev_texts], data.batch_size, shuffle=False
    )
    return Job(folder, len(names), list(training(1)), list(validation(1)), seed, dropout)


def _padding_saved(job: Job, seed: int) -> float:
    """Return the tokens of random batches, padded to their longest text, over those of the job."""
    lengths = np.concatenate([each["mask"].sum(axis=1) for each in job.batches])
    size = max(len(each["ids"]) for each in job.batches)
    drawn = np.random.default_rng(seed).permutation(lengths)
    parts = [drawn[start : start + size] for start in range(0, len(drawn), size)]
    computed = sum(each["ids"].size for each in job.batches)
    return float(sum(len(each) * each.max() for each in parts) / computed)


def _in_turns(
    job: Job, ours: LearnerProcess, theirs: LearnerProcess, steps: int | None
) -> tuple[list[float], list[float], list[float]]:
    """Return ratios of seconds and of processor seconds by timed step, and gaps of the losses."""
    seen: set[tuple[int, ...]] = set()
    ratios, processor, gaps = [], [], []
    for number, batch in enumerate(job.batches):
        found = _both(number, ours, theirs)
        gaps.append(abs(found[0][0] - found[1][0]))
        if batch["ids"].shape in seen:
            ratios.append(found[1][1] / found[0][1])
            processor.append(found[1][2] / found[0][2])
        seen.add(batch["ids"].shape)
        if len(ratios) == steps:
            break
    return ratios, processor, gaps


def _both(
    number: int, ours: LearnerProcess, theirs: LearnerProcess
) -> list[tuple[float, float, float]]:
    """Make the same step in both processes; who begins alternates."""
    order = [ours, theirs] if number % 2 else [theirs, ours]
    found = {each: each.step(number) for each in order}
    return [found[ours], found[theirs]]


if __name__ == "__main__":
    typer.run(main)
