"""`chainrule ulmfit curve`: accuracy by labelled texts, with and without pretraining."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.classify import read_labelled
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.cli.json_file import write_json
from chainrule.cli.language_progress import LanguageProgress
from chainrule.train.state.figure_files import require_drawing
from chainrule.ulmfit import (
    ClassifierSettings,
    UlmfitError,
    fine_tune,
    learning_curve,
    open_language_model,
)
from chainrule.ulmfit.settings import FINE_TUNING

_ALL = "all"


@reported
def curve(
    train: Annotated[Path, typer.Option(help="Labelled texts with a header: label and text.")],
    dev: Annotated[Path, typer.Option(help="Held-out labelled texts of the same form.")],
    pretrained: Annotated[
        Path, typer.Option(help="The folder of a language model, in fastai's files.")
    ],
    sizes: Annotated[
        str, typer.Option(help="Numbers of labelled texts, with commas between; or all.")
    ] = "50,100,200,500,1000,all",
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each, on other subsets.")] = 1,
    tuning_epochs: Annotated[
        int, typer.Option(min=0, help="Passes of the language model over all texts; 0 for none.")
    ] = 5,
    words: Annotated[int, typer.Option(min=2, help="Words in the vocabulary.")] = 60000,
    streams: Annotated[
        int, typer.Option(min=1, help="Streams that the language model reads side by side.")
    ] = 64,
    tuning_steps: Annotated[
        int, typer.Option(min=1, help="Words through which its gradients go back.")
    ] = 72,
    epochs: Annotated[int, typer.Option(min=1, help="Passes with all layers trained.")] = 4,
    steps: Annotated[
        int, typer.Option(min=1, help="Least number of steps of the last phase, for few texts.")
    ] = 120,
    max_length: Annotated[
        int | None, typer.Option(min=3, help="Words to which texts are cut. [1440]")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts per batch.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Largest rate of the classifier.")] = 1e-2,
    dropout: Annotated[float, typer.Option(help="A factor of all dropout.")] = 0.5,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the curve to this file (.png, .svg or .pdf).")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    compiled: Annotated[
        bool,
        typer.Option("--compile/--no-compile", help="Use native code or the reference evaluator."),
    ] = True,
) -> None:
    """Print the accuracy by the number of labelled texts, with and without pretraining.

    The language model is trained further on all texts, without their labels, then classifiers on
    subsets, which keep the shares of the classes. Without pretraining, the same network begins with
    drawn weights. The last classifier of each training is measured, not the best: no decision
    depends on the held-out texts.
    """
    if plot is not None:
        require_drawing(plot, UlmfitError)
    console = PlainConsole(stderr=True)
    learned, held_out = read_labelled(train), read_labelled(dev)
    numbers = _numbers(sizes, len(learned))
    net = open_language_model(pretrained)
    if tuning_epochs:
        console.say("the language model of the texts")
        common = {"epochs": tuning_epochs, "batch_size": streams, "steps": tuning_steps}
        net = fine_tune(
            net,
            learned.texts,
            FINE_TUNING.model_copy(update={**common, "dropout": dropout}),
            validate=held_out.texts,
            most_words=words,
            callbacks=[LanguageProgress(console)],
            compiled=compiled,
        )
    settings = ClassifierSettings(
        epochs=epochs,
        max_length=max_length,
        batch_size=batch_size,
        learning_rate=learning_rate,
        dropout=dropout,
    )
    found = learning_curve(
        net,
        learned,
        held_out,
        numbers,
        settings,
        seeds=seeds,
        steps=steps,
        on_training=console.say,
        compiled=compiled,
    )
    typer.echo(str(found))
    if json is not None:
        write_json(json, found.data())
    if plot is not None:
        found.plot(plot)


def _numbers(text: str, available: int) -> list[int]:
    parts = [each.strip() for each in text.split(",")]
    if not all(each == _ALL or (each.isdecimal() and int(each) > 0) for each in parts):
        raise typer.BadParameter(f"--sizes {text!r} was given. Give numbers such as 100,1000,all.")
    return sorted({available if each == _ALL else int(each) for each in parts})
