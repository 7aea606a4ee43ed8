"""Fine-tuning of a tagger beside transformers: python -m benchmarks.tagging_finetuned TRAIN FOLDER.

TRAIN is CoNLL columns, FOLDER a pretrained network. Both frameworks get the same batches, the same
first head, rates and optimizer, and make their steps in turns. The first step with each shape is
not timed.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import mean, median
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks import machine
from benchmarks.finetuning.job import Batch, Job
from benchmarks.finetuning.process import LearnerProcess
from benchmarks.finetuning.tagger_with_chainrule import PLAIN
from chainrule.ner import Tagger
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.training_batches import TrainingBatches
from chainrule.text import read_conll

_NAMES = ("lengths", "ids", "counts", "places", "words", "capitals", "targets")
_MODULES = ("tagger_with_chainrule", "tagger_with_transformers")


def main(
    train: Annotated[Path, typer.Argument(help="CoNLL columns.")],
    folder: Annotated[Path, typer.Argument(help="The folder of a pretrained network.")],
    steps: Annotated[int, typer.Option(min=1, help="Timed steps.")] = 20,
    batch_size: Annotated[int, typer.Option(min=1, help="Sub-tokens per batch, about.")] = 512,
    dropout: Annotated[bool, typer.Option(help="Without it, losses must agree.")] = True,
) -> None:
    """Compare the time of a step, its loss, and the peak of memory."""
    job = _job(train, folder, batch_size, dropout)
    ours, theirs = (LearnerProcess(each, job) for each in _MODULES)
    seconds, processor, gaps = _in_turns(job, ours, theirs, steps)
    console = Console(highlight=False)
    console.print(
        f"{len(seconds)} timed steps of about {batch_size} sub-tokens, time of a step of "
        f"transformers over ours {_ratio(seconds):.2f}, total {_total(seconds)} s (processor time "
        f"{_ratio(processor):.2f}, total {_total(processor)} s); mean difference of losses "
        f"{mean(gaps):.6f}; memory {ours.stop():.0f} and {theirs.stop():.0f} MB",
        soft_wrap=True,
    )
    console.print(f"{machine.described()['processor']}, load {os.getloadavg()[0]:.1f}")


def _job(train: Path, folder: Path, batch_size: int, dropout: bool) -> Job:
    """Return the batches of one epoch; sentences longer than a window are left out."""
    settings = PLAIN.model_copy(update={"batch_size": batch_size})
    sentences, net = read_conll(train), open_encoder(folder, settings)
    tagger = Tagger.for_corpus(sentences, settings, compiled=False, net=net)
    batches = [_named(each) for each in TrainingBatches(tagger, sentences)(1)]
    return Job(folder, len(tagger.tags), [*filter(_is_plain, batches)], [], 0, dropout)


def _named(batch: tuple[np.ndarray, ...]) -> Batch:
    return dict(zip(_NAMES, batch, strict=True))


def _is_plain(batch: Batch) -> bool:
    """Return whether every sentence of a batch is read at once."""
    return len(batch["ids"]) == len(batch["lengths"])


Pairs = list[tuple[float, float]]


def _in_turns(
    job: Job, ours: LearnerProcess, theirs: LearnerProcess, steps: int
) -> tuple[Pairs, Pairs, list[float]]:
    """Return seconds and processor seconds of both by timed step, and gaps of the losses."""
    seen: set[tuple[int, ...]] = set()
    seconds, processor, gaps = [], [], []
    for number, batch in enumerate(job.batches):
        order = [ours, theirs] if number % 2 else [theirs, ours]
        found = {each: each.step(number) for each in order}
        pairs = list(zip(found[ours], found[theirs], strict=True))
        gaps.append(abs(pairs[0][0] - pairs[0][1]))
        if batch["ids"].shape in seen:
            seconds.append(pairs[1])
            processor.append(pairs[2])
        seen.add(batch["ids"].shape)
        if len(seconds) == steps:
            break
    return seconds, processor, gaps


def _ratio(pairs: Pairs) -> float:
    """Return the median of theirs over ours."""
    return median(theirs / ours for ours, theirs in pairs)


def _total(pairs: Pairs) -> str:
    return " and ".join(f"{sum(each):.1f}" for each in zip(*pairs, strict=True))


if __name__ == "__main__":
    typer.run(main)
