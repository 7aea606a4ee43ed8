"""`chainrule vectors`: train, search, convert and compare word vectors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.cli.json_file import write_json
from chainrule.cli.ranks import printed_once
from chainrule.cli.stream import pieces
from chainrule.cli.vector_training import train_with_progress
from chainrule.storage import printable
from chainrule.text import read_conll, tokenize
from chainrule.text.vectors import (
    VectorFormat,
    draw_movement,
    movement,
    read_vectors,
    vector_blocks,
    write_vectors,
)
from chainrule.text.vectors.movement_picture import require_drawing
from chainrule.word2vec import Settings

app = typer.Typer(
    help="Word vectors: train, search, convert and compare them.",
    no_args_is_help=True,
    add_completion=False,
)


class Format(StrEnum):
    """The formats of files of word vectors."""

    CHAINRULE = "chainrule"
    WORD2VEC = "word2vec"
    WORD2VEC_BINARY = "word2vec-binary"
    GLOVE = "glove"
    FASTTEXT = "fasttext"


_Vectors = Annotated[Path, typer.Argument(help="A file of word vectors.", show_default=False)]
_Format = Annotated[Format | None, typer.Option("--format", help="Its format; else it is found.")]
_Count = Annotated[int, typer.Option(min=1, help="How many words are printed.")]


@app.command()
@reported
@printed_once
def train(
    text: Annotated[
        list[Path],
        typer.Option(help="A text file in UTF-8; repeat the option for more.", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="The file for the vectors, as safetensors.")] = Path(
        "vectors.safetensors"
    ),
    model: Annotated[str | None, typer.Option(help="skip-gram (the default) or cbow.")] = None,
    size: Annotated[int | None, typer.Option(help="Numbers of a vector. [100]")] = None,
    window: Annotated[
        int | None, typer.Option(help="Largest distance between the words of a pair. [3]")
    ] = None,
    negative: Annotated[int | None, typer.Option(help="Negative samples per pair. [5]")] = None,
    min_count: Annotated[
        int | None, typer.Option(help="Words with fewer occurrences are left out. [2]")
    ] = None,
    subsample: Annotated[
        float | None,
        typer.Option(help="Words with a larger share of the text are thinned out. [0.001]"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the text. [5]")] = None,
    tokens: Annotated[
        str | None,
        typer.Option(
            help="words (the default): by the rules of the tagger; blanks: between blanks."
        ),
    ] = None,
    lower: Annotated[
        bool, typer.Option("--lower/--no-lower", help="Convert the text to lower case.")
    ] = True,
    zero_digits: Annotated[
        bool, typer.Option("--zero-digits/--no-zero-digits", help="Replace digits by 0.")
    ] = True,
    learning_rate: Annotated[
        float | None, typer.Option(help="Learning rate at the start. [0.5; 0.034 for cbow]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random. [0]")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue a training that was stopped.")
    ] = False,
) -> None:
    """Train word vectors on text files of any size.

    The text is read once. Ctrl-C and a killed process leave a checkpoint beside --out, from which
    the same command continues with --resume.
    """
    given = {
        "model": model,
        "size": size,
        "window": window,
        "negative": negative,
        "min_count": min_count,
        "subsample": subsample,
        "epochs": epochs,
        "tokens": tokens,
        "lower": lower,
        "zero_digits": zero_digits,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    settings = Settings.model_validate(
        {name: each for name, each in given.items() if each is not None}
    )
    train_with_progress(text, out, settings, resume=resume)


@app.command()
@reported
def neighbours(
    vectors: _Vectors,
    words: Annotated[list[str], typer.Argument(help="Words.", show_default=False)],
    count: _Count = 10,
    format: _Format = None,
) -> None:
    """Print the words whose vectors have the largest cosine to that of each word."""
    found = read_vectors(vectors, _named(format))
    for number, word in enumerate(words):
        if len(words) > 1:
            typer.echo(("\n" if number else "") + printable(word))
        _print(found.nearest(word, count))


@app.command()
@reported
def analogy(
    vectors: _Vectors,
    first: Annotated[str, typer.Argument(help="FIRST is to SECOND", show_default=False)],
    second: Annotated[str, typer.Argument(show_default=False)],
    third: Annotated[str, typer.Argument(help="as THIRD is to ...", show_default=False)],
    count: _Count = 10,
    format: _Format = None,
) -> None:
    """Print the words that relate to THIRD as SECOND relates to FIRST: man king woman."""
    _print(read_vectors(vectors, _named(format)).analogy(first, second, third, count))


@app.command()
@reported
def convert(
    source: _Vectors,
    target: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    to: Annotated[Format, typer.Option(help="The format to write.")] = Format.CHAINRULE,
    format: _Format = None,
) -> None:
    """Write word vectors in another format, in constant memory."""
    if target.exists() and source.exists() and target.samefile(source):
        raise ChainruleError(f"{source} would be replaced by its conversion. Name another file.")
    count = write_vectors(target, vector_blocks(source, _named(format)), to.value)
    PlainConsole().say(f"{count:,} vectors written to {target}")


@app.command()
@reported
def coverage(
    vectors: _Vectors,
    file: Annotated[Path, typer.Argument(help="A text, or columns.", show_default=False)],
    columns: Annotated[
        bool, typer.Option("--columns", help="The file has CoNLL columns, not plain text.")
    ] = False,
    format: _Format = None,
) -> None:
    """Print how many words of a text have a vector, and in which form each was found."""
    sentences = (
        [each.words for each in read_conll(file)]
        if columns
        else [words for text in pieces(file) for words in tokenize(text)]
    )
    words = [word for each in sentences for word in each]
    typer.echo(str(read_vectors(vectors, _named(format)).look_up(words)))


@app.command()
@reported
def compare(
    before: Annotated[Path, typer.Argument(help="Vectors before a training.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="Vectors after it.", show_default=False)],
    count: _Count = 10,
    neighbours: Annotated[int, typer.Option(min=1, help="Neighbours of a word.")] = 10,
    among: Annotated[
        int, typer.Option(min=1, help="Neighbours are searched among so many first words.")
    ] = 20_000,
    to_json: Annotated[
        Path | None, typer.Option("--json", help="Also write the report as JSON.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Also draw it: .png, .svg or .pdf.")] = None,
) -> None:
    """Report which words a training moved, and which words their neighbours left behind."""
    if picture is not None:
        require_drawing(picture)
    found = movement(read_vectors(before), read_vectors(after), neighbours=neighbours, among=among)
    if picture is not None:
        draw_movement(found, picture)
    if to_json is not None:
        write_json(to_json, found.as_dict())
    PlainConsole().say(found.text(count))


def _named(format: Format | None) -> VectorFormat | None:
    return None if format is None else format.value


def _print(found: list[tuple[str, float]]) -> None:
    console = PlainConsole()
    for word, cosine in found:
        console.say(f"{cosine:6.3f}  {printable(word)}")
