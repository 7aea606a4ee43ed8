"""`chainrule ulmfit pretrain`: train a language model on raw text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.cli.language_progress import LanguageProgress
from chainrule.pretrained.ulmfit.ulmfit_folder import require_writable
from chainrule.ulmfit import LanguageSettings
from chainrule.ulmfit import documents as documents_of
from chainrule.ulmfit import pretrain as train_from_scratch


@reported
def pretrain(
    text: Annotated[
        list[Path], typer.Argument(help="Files of raw text; empty lines separate documents.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the model: a .pth and a .pkl file.")],
    width: Annotated[int, typer.Option(min=1, help="Size of the word vectors.")] = 400,
    hidden: Annotated[int, typer.Option(min=1, help="Size of the inner layers.")] = 1152,
    layers: Annotated[int, typer.Option(min=1, help="Number of LSTM layers.")] = 3,
    words: Annotated[int, typer.Option(min=2, help="Words in the vocabulary.")] = 60000,
    least: Annotated[int, typer.Option(min=1, help="How often a word has to occur.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the text.")] = 10,
    batch_size: Annotated[int, typer.Option(min=1, help="Streams read side by side.")] = 64,
    steps: Annotated[int, typer.Option(min=1, help="Words through which gradients go back.")] = 72,
    learning_rate: Annotated[float, typer.Option(help="Largest rate of Adam.")] = 5e-3,
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
    """Train a language model on raw text, the first stage of ULMFiT.

    The folder is read by `chainrule ulmfit train --pretrained`, by chainrule.pretrained.load and by
    fastai. Every fiftieth document is held out for the perplexity. Small sizes, such as --width
    128 --hidden 256, train on a laptop.
    """
    settings = LanguageSettings(
        epochs=epochs,
        batch_size=batch_size,
        steps=steps,
        learning_rate=learning_rate,
        dropout=dropout,
        seed=seed,
    )
    require_writable(out)
    console = PlainConsole()
    found = list(documents_of(text))
    console.say(f"{len(found):,} documents, {sum(map(len, found)):,} words with marks")
    net = train_from_scratch(
        found,
        settings,
        width=width,
        hidden=(hidden,) * (layers - 1),
        most_words=words,
        least=least,
        callbacks=[LanguageProgress(console)],
        checkpoint=checkpoint,
        compiled=compiled,
    )
    net.save(out)
    console.say(f"{out}: a language model of {net.body.settings.vocabulary:,} words")
