"""`chainrule language-model`: train character language models, and measure them on text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.errors import reported
from chainrule.cli.language_model_training import train_with_progress
from chainrule.language_model import Settings, perplexity, read_text
from chainrule.pretrained import load
from chainrule.pretrained.flair import CharacterLanguageModel

app = typer.Typer(
    help="Character language models, whose vectors of words are features of a tagger.",
    no_args_is_help=True,
    add_completion=False,
)

_OF_NEW_MODELS = ("direction", "hidden", "embedding", "layers", "dropout", "min_count")
_Text = Annotated[
    list[Path],
    typer.Option(help="A text file in UTF-8; repeat the option for more.", show_default=False),
]
_AsWritten = Annotated[
    bool,
    typer.Option(
        "--as-written",
        help="Read the text as it is. Without it, the text is split into sentences and words by "
        "the rules of the tagger: a sentence per line, a blank between words.",
    ),
]


@app.command()
@reported
def train(
    text: _Text,
    out: Annotated[Path, typer.Option(help="The folder for the model.")] = Path("language-model"),
    init: Annotated[
        Path | None,
        typer.Option(
            help="A language model to train further, such as on text of another kind. It keeps its "
            "direction, characters and sizes."
        ),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(help="forward (the default), or backward: from the end of the text."),
    ] = None,
    hidden: Annotated[
        int | None, typer.Option(help="Units, and numbers of the vector of a word. [512]")
    ] = None,
    embedding: Annotated[
        int | None, typer.Option(help="Numbers of the vector of a character. [100]")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Layers of the LSTM. [1]")] = None,
    dropout: Annotated[float | None, typer.Option(help="Dropout rate. [0.1]")] = None,
    min_count: Annotated[
        int | None, typer.Option(help="Characters with fewer occurrences are unknown. [5]")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Streams of the text that are read side by side. [32]")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Characters of a stream per step; gradients go back as far. [128]"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the text. [1]")] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Learning rate of Adam in the first step; it falls to 0. [0.002]"),
    ] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the gradients. [1]")] = None,
    held_out: Annotated[
        float | None,
        typer.Option(help="Share of the text, its end, to measure perplexity on. [0.01]"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers. [0]")] = None,
    as_written: _AsWritten = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A folder for checkpoints; a run that was stopped continues from it."),
    ] = None,
) -> None:
    """Train a character language model on text, in one direction.

    `chainrule ner train --encoder OUT` takes it; a tagger is best with one of each direction.
    Ctrl-C stops the training: with --checkpoint the same command continues it.
    """
    given = {name: each for name, each in locals().items() if name in Settings.model_fields}
    chosen = {name: each for name, each in given.items() if each is not None}
    initial = None if init is None else _initial(init, chosen)
    settings = Settings.model_validate(chosen)
    train_with_progress(read_text(text, as_written), settings, out, checkpoint, initial)


@app.command()
@reported
def evaluate(
    text: _Text,
    model: Annotated[Path, typer.Option(help="The folder of the model, or its file.")] = Path(
        "language-model"
    ),
    as_written: _AsWritten = False,
) -> None:
    """Print the perplexity per character of a text."""
    net = _loaded(model)
    found = read_text(text, as_written)
    typer.echo(
        f"{net.settings.direction} model: perplexity {perplexity(net, found):.4f} per character, "
        f"of {len(found):,}"
    )


def _loaded(path: Path) -> CharacterLanguageModel:
    net = load(path)
    if not isinstance(net, CharacterLanguageModel):
        raise ChainruleError(
            f"{path} holds no character language model. Give the folder that `chainrule "
            "language-model train` wrote, or a file of Flair."
        )
    return net


def _initial(path: Path, chosen: Mapping[str, object]) -> CharacterLanguageModel:
    """Return the model of --init; raises ChainruleError with options that make a new one."""
    for name in _OF_NEW_MODELS:
        if name in chosen:
            option = "--" + name.replace("_", "-")
            raise ChainruleError(
                f"--init {path} and {option} were both given, but a model that is trained further "
                f"keeps what it was made with. Leave {option} out, or train a new model."
            )
    net = _loaded(path)
    if net.decoder is None:
        raise ChainruleError(
            f"The model of {path} has no scores of the next character, as that of a tagger, so it "
            "cannot be trained further. Give the file of the language model itself."
        )
    return net
