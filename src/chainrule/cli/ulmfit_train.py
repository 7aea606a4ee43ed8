"""`chainrule ulmfit train`: the three stages of ULMFiT on labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.classify import read_labelled
from chainrule.classify.classifier_folder import require_writable
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.cli.language_progress import LanguageProgress
from chainrule.cli.phased_training import train_in_phases
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.pretrained.ulmfit.ulmfit_folder import require_writable as require_model_writable
from chainrule.ulmfit import (
    ClassifierSettings,
    LanguageSettings,
    documents,
    fine_tune,
    open_language_model,
    pretrain,
)
from chainrule.ulmfit.settings import FINE_TUNING


@reported
def train(
    train: Annotated[Path, typer.Option(help="Labelled texts with a header: label and text.")],
    dev: Annotated[Path, typer.Option(help="Held-out labelled texts of the same form.")],
    out: Annotated[Path, typer.Option(help="The folder for the best classifier.")],
    pretrained: Annotated[
        Path | None, typer.Option(help="The folder of a language model, in fastai's files.")
    ] = None,
    text: Annotated[
        list[Path] | None, typer.Option(help="Raw text, to train a language model first.")
    ] = None,
    tuned: Annotated[
        Path | None, typer.Option(help="A folder for the fine-tuned language model.")
    ] = None,
    width: Annotated[int, typer.Option(min=1, help="With --text: size of word vectors.")] = 400,
    hidden: Annotated[int, typer.Option(min=1, help="With --text: size of inner layers.")] = 1152,
    layers: Annotated[int, typer.Option(min=1, help="With --text: number of layers.")] = 3,
    words: Annotated[int, typer.Option(min=2, help="Words in the vocabulary.")] = 60000,
    text_epochs: Annotated[
        int, typer.Option(min=1, help="With --text: passes over the raw text.")
    ] = 10,
    tuning_epochs: Annotated[
        int, typer.Option(min=0, help="Passes of the language model over the texts; 0 for none.")
    ] = 5,
    epochs: Annotated[int, typer.Option(min=1, help="Passes with all layers trained.")] = 4,
    phase_epochs: Annotated[
        int, typer.Option(min=1, help="Passes with the head alone, and after each layer more.")
    ] = 1,
    gradual: Annotated[
        bool, typer.Option("--gradual/--at-once", help="Unfreeze layer by layer, or all at once.")
    ] = True,
    max_length: Annotated[
        int | None, typer.Option(min=3, help="Words to which texts are cut. [1440]")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts per batch.")] = 32,
    streams: Annotated[
        int, typer.Option(min=1, help="Streams that a language model reads side by side.")
    ] = 64,
    steps: Annotated[int, typer.Option(min=1, help="Words through which gradients go back.")] = 72,
    learning_rate: Annotated[float, typer.Option(help="Largest rate of the classifier.")] = 1e-2,
    rate_divisor: Annotated[
        float, typer.Option(help="The rate of a layer is that of the next one over this.")
    ] = 2.6,
    dropout: Annotated[float, typer.Option(help="A factor of all dropout.")] = 0.5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A folder for checkpoints; a run that was stopped continues from it."),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option("--compile/--no-compile", help="Use native code or the reference evaluator."),
    ] = True,
) -> None:
    """Train a classifier in the three stages of ULMFiT, and keep the best one.

    1. A language model is trained on raw text (--text), or read (--pretrained). 2. It is trained
    further on the texts, with lower rates for lower layers. 3. A classifier begins with its layers:
    the head is trained alone, then layer after layer with it. Rates rise and fall in each. The
    phase with the largest macro F1 on the held-out texts is kept. The folder is one of `chainrule
    classify evaluate` and `predict`.
    """
    require_writable(out)
    if tuned is not None:
        require_model_writable(tuned)
    learned, held_out = read_labelled(train), read_labelled(dev)
    console = PlainConsole()
    common: dict[str, Any] = {
        "batch_size": streams,
        "steps": steps,
        "dropout": dropout,
        "seed": seed,
    }
    if (pretrained is None) == (not text):
        raise typer.BadParameter(
            "Give either --pretrained, the folder of a language model, or --text, raw text to "
            "train one on."
        )
    net: UlmfitNetwork
    if pretrained is not None:
        net = open_language_model(pretrained, seed)
    else:
        console.say("stage 1: a language model of the raw text")
        net = pretrain(
            documents(text or []),
            LanguageSettings(**common, epochs=text_epochs),
            width=width,
            hidden=(hidden,) * (layers - 1),
            most_words=words,
            callbacks=[LanguageProgress(console)],
            checkpoint=_within(checkpoint, "language-model"),
            compiled=compiled,
        )
    if tuning_epochs:
        console.say("stage 2: the language model of the texts")
        net = fine_tune(
            net,
            learned.texts,
            FINE_TUNING.model_copy(update={**common, "epochs": tuning_epochs}),
            validate=held_out.texts,
            most_words=words,
            callbacks=[LanguageProgress(console)],
            checkpoint=_within(checkpoint, "fine-tuning"),
            compiled=compiled,
        )
    if tuned is not None:
        net.save(tuned)
        console.say(f"{tuned}: the language model")
    console.say("stage 3: the classifier")
    settings = ClassifierSettings(
        epochs=epochs,
        phase_epochs=phase_epochs,
        gradual=gradual,
        max_length=max_length,
        batch_size=batch_size,
        learning_rate=learning_rate,
        rate_divisor=rate_divisor,
        dropout=dropout,
        seed=seed,
    )
    where = _within(checkpoint, "classifier")
    train_in_phases(net, learned, held_out, settings, out, where, compiled)


def _within(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name
