"""`chainrule classify train`: fine-tune a pretrained network as a classifier of texts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule.classify import Classifier, Settings, class_names, read_labelled
from chainrule.classify.classifier_folder import require_writable
from chainrule.cli.classify_training import ClassifierTraining
from chainrule.cli.errors import reported
from chainrule.cli.ranks import is_first, printed_once


class ClassWeights(StrEnum):
    """The weights of classes in the loss."""

    NONE = "none"
    BALANCED = "balanced"


@reported
@printed_once
def train(
    train: Annotated[
        Path,
        typer.Option(help="Labelled texts with a header: label, text and, for pairs, pair."),
    ],
    dev: Annotated[Path, typer.Option(help="Held-out labelled texts of the same form.")],
    pretrained: Annotated[
        Path, typer.Option(help="The folder of a pretrained network, as hubs lay it out.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the best classifier.")],
    regression: Annotated[
        bool, typer.Option("--regression", help="The labels are numbers, not classes.")
    ] = False,
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Train the head alone; the network stays as it is.")
    ] = False,
    last: Annotated[
        int | None, typer.Option(help="Train the last so many layers and the head; all by default.")
    ] = None,
    lora: Annotated[
        int | None,
        typer.Option(help="Train updates of this rank beside the matrices of the layers (LoRA)."),
    ] = None,
    lora_alpha: Annotated[
        float | None,
        typer.Option(help="Factor of the updates times the rank; twice the rank by default."),
    ] = None,
    rate_divisor: Annotated[
        float | None,
        typer.Option(help="The rate of a layer is that of the next one over this; try 2.6. [1]"),
    ] = None,
    class_weights: Annotated[
        ClassWeights | None,
        typer.Option(help="balanced: all classes count alike; or none (the default)."),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(help="Tokens to which texts are cut; as many as the network reads."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Texts per batch. [32]")] = None,
    accumulate: Annotated[
        int | None, typer.Option(help="Batches per step, whose gradients are averaged. [1]")
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Keep less in memory: compute layers again backwards."),
    ] = False,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data. [3]")] = None,
    patience: Annotated[
        int | None, typer.Option(help="End after so many epochs without a better figure. [3]")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Largest rate of AdamW. [5e-5; --freeze 1e-3; --lora 5e-4]"),
    ] = None,
    warm_up: Annotated[
        float | None, typer.Option(help="Share of the steps in which the rate rises. [0.1]")
    ] = None,
    weight_decay: Annotated[
        float | None, typer.Option(help="Weight decay of matrices. [0.01]")
    ] = None,
    clip: Annotated[
        float | None, typer.Option(help="Largest norm of all gradients together. [1]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers. [0]")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A folder for checkpoints; a run that was stopped continues from it."),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option("--compile/--no-compile", help="Use native code or the reference evaluator."),
    ] = True,
) -> None:
    """Train a classifier, and keep the one with the best figure on the held-out texts.

    The figure is the macro F1, or Pearson's correlation with --regression. Texts of similar length
    are trained together. Ctrl-C stops the run and keeps the best classifier so far.
    `mpiexec -n 4 chainrule classify train ...` trains on 4 processes.
    """
    given = {key: value for key, value in locals().items() if key in Settings.model_fields}
    settings = Settings(**{key: value for key, value in given.items() if value is not None})
    if is_first():
        require_writable(out)
    learned, held_out = read_labelled(train), read_labelled(dev)
    names = () if settings.regression else class_names(learned)
    classifier = Classifier.for_labels(pretrained, names, settings, compiled)
    ClassifierTraining(classifier, learned, held_out, out, checkpoint).train()
