"""`chainrule ner train`: train a named-entity tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule import ChainruleError
from chainrule.cli.data_format import FORMS, Form
from chainrule.cli.errors import reported
from chainrule.cli.movement_report import report_movement
from chainrule.cli.ner_continued import (
    Origin,
    continued,
    continued_tagger,
    require_continuable,
    require_other_folder,
    require_units_of,
)
from chainrule.cli.ner_encoder import chosen_encoders, say_case
from chainrule.cli.ner_seeds import best_of_seeds
from chainrule.cli.ner_training import TaggerTraining
from chainrule.cli.ranks import is_first, printed_once
from chainrule.ner import Settings, embedded, load
from chainrule.ner.brackets import bracketed
from chainrule.ner.data import read_labelled
from chainrule.ner.features import read_gazetteer
from chainrule.ner.moved_vectors import require_fine_tuning
from chainrule.ner.settings import recommended
from chainrule.ner.tagger import Tagger
from chainrule.ner.units import require_units, units_of
from chainrule.text import Sentence, spans
from chainrule.text.vectors import read_vectors

_DEV_SHARE = 10


@reported
@printed_once
def train(
    train: Annotated[
        Path | None,
        typer.Option(
            help="Training data in any format that `chainrule ner convert` reads. "
            "Without it: the embedded corpus."
        ),
    ] = None,
    dev: Annotated[
        Path | None,
        typer.Option(help="Held-out data. Without it: every tenth sentence of --train."),
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"The format of --train, --dev and --test: {FORMS}. Without it: detected.",
        ),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            help="The folder of a tagger to continue from. It keeps its network and its features; "
            "new words and entity types of --train are added."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the best tagger.")] = Path("tagger"),
    vectors: Annotated[
        Path | None,
        typer.Option(help="A file of word vectors: GloVe, word2vec, fastText or safetensors."),
    ] = None,
    gazetteer: Annotated[
        Path | None, typer.Option(help="A list of names: a type and a name per line.")
    ] = None,
    encoders: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder",
            help="Network over the words of a sentence: window (the default), cnn, bilstm, or the "
            "folder of a pretrained network, which is fine-tuned. Also the path of a character "
            "language model or another encoder of words, whose vectors are features and stay as "
            "they are; may be repeated.",
        ),
    ] = None,
    decoder: Annotated[
        str | None,
        typer.Option(
            help="What is scored: crf, sequences of tags (the default), or softmax, single tags."
        ),
    ] = None,
    vectors_mode: Annotated[
        str | None,
        typer.Option(help="freeze, fine-tune (the default) or retrain the vectors of --vectors."),
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="Neighbours on each side of a word. [2]")
    ] = None,
    word_size: Annotated[
        int | None, typer.Option(help="Size of a word vector. [64; with --vectors, theirs]")
    ] = None,
    capital_size: Annotated[
        int | None, typer.Option(help="Size of a capitalisation vector. [8]")
    ] = None,
    affix_size: Annotated[
        int | None,
        typer.Option(
            help="Size of the vector of each prefix and suffix; 0 for none. [12; bilstm of words 0]"
        ),
    ] = None,
    characters: Annotated[
        str | None,
        typer.Option(
            help="Network over the characters of a word: convolution (the default; none if the "
            "words are characters), lstm or none."
        ),
    ] = None,
    character_size: Annotated[
        int | None, typer.Option(help="Size of the vectors of characters. [30]")
    ] = None,
    hidden: Annotated[int | None, typer.Option(help="Units of the encoder. [300]")] = None,
    input_dropout: Annotated[
        float | None, typer.Option(help="Dropout rate of the inputs. [0.5; with --vectors 0.4]")
    ] = None,
    hidden_dropout: Annotated[
        float | None, typer.Option(help="Dropout rate of the hidden layer. [0.5]")
    ] = None,
    unknown_rate: Annotated[
        float | None,
        typer.Option(
            help="r: words seen n times become unknown with probability r/(r+n). [0.25; vectors: 1]"
        ),
    ] = None,
    affix_dropout: Annotated[
        float | None,
        typer.Option(
            help="Share of prefixes and suffixes unknown in training. [0; characters 0.4]"
        ),
    ] = None,
    gazetteer_dropout: Annotated[
        float | None,
        typer.Option(help="Share of the names of --gazetteer left out in each epoch. [0.5]"),
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            help="Units of sentences: words or characters. Without it: characters if all words are "
            "single ones."
        ),
    ] = None,
    augment: Annotated[
        list[str] | None,
        typer.Option(help="Change training sentences: case, or mentions; may be repeated."),
    ] = None,
    outside_bias: Annotated[
        float | None,
        typer.Option(
            help="Added to the score of O after training; below 0, more entities are found. [0]"
        ),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Words per step, about. [256; embedded corpus 64]")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs: passes over the data. [15; embedded corpus 25]")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="End after so many epochs without a better F1. [10]")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="Learning rate of Adam in the first step; it falls to 0. [0.002; bilstm 0.003]"
        ),
    ] = None,
    encoder_rate: Annotated[
        float | None,
        typer.Option(help="Largest learning rate of a pretrained encoder. [0.00005]"),
    ] = None,
    freeze_encoder: Annotated[
        bool | None,
        typer.Option("--freeze-encoder", help="Keep the weights of a pretrained encoder."),
    ] = None,
    last: Annotated[
        int | None, typer.Option(help="Train the last N layers of a pretrained encoder alone.")
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(
            help="Sub-tokens that a pretrained encoder reads at once; longer sentences are read in "
            "overlapping windows. The default is its number of positions."
        ),
    ] = None,
    warm_up: Annotated[
        float | None,
        typer.Option(
            help="With a pretrained encoder, the share of steps in which rates rise. [0.1]"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers. [0]")] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs, with seeds from --seed on; the best is kept.")
    ] = 1,
    test: Annotated[
        Path | None, typer.Option(help="Labelled data on which the best tagger is scored.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A folder for checkpoints; a run that was stopped continues from it."),
    ] = None,
    doctor: Annotated[
        Path | None,
        typer.Option(help="A folder for measurements of the run, for `chainrule doctor`."),
    ] = None,
    movement: Annotated[
        bool,
        typer.Option(
            "--report-movement",
            help="Report which words fine-tuning --vectors moved; also as movement.json and "
            "movement.png in --out.",
        ),
    ] = False,
    compiled: Annotated[
        bool,
        typer.Option("--compile/--no-compile", help="Use native code or the reference evaluator."),
    ] = True,
) -> None:
    """Train a tagger, and keep the one with the best F1 on held-out data.

    Training ends after --epochs, or after --patience epochs without a better F1. Ctrl-C stops it
    and keeps the best tagger so far. `mpiexec -n 4 chainrule ner train ...` trains on 4 processes.
    """
    found = chosen_encoders(encoders or [])
    encoder, folder = found.name, found.folder
    given = {key: value for key, value in locals().items() if key in Settings.model_fields}
    chosen = {key: value for key, value in given.items() if value is not None}
    start = embedded.SETTINGS.model_dump(exclude_defaults=True) if train is None else {}
    kind: Any = Settings(**chosen).encoder
    if init is not None:
        named = {"--vectors": vectors, "--gazetteer": gazetteer, "--encoder": found.first_path}
        require_continuable(init, train, named)
        again = {"--checkpoint": checkpoint is not None, "--seeds": seeds > 1}
        require_other_folder(init, out, again)
    if seeds > 1 and checkpoint is not None:
        raise ChainruleError("--seeds and --checkpoint were both given. Give one of them.")
    learned, held_out = _corpora(train, dev, form)
    chosen_units = units_of(learned, None if units is None else require_units(units))
    recommendation = recommended(kind, vectors is not None, chosen_units).model_dump()
    settings = Settings(**{**recommendation, **start, **chosen})
    has_vectors = vectors is not None
    if init is not None:
        before = load(init)
        require_units_of(before, units)
        settings, has_vectors = (
            continued(before.settings, chosen),
            before.lexicon.vectors is not None,
        )
    if movement:
        require_fine_tuning(settings, has_vectors)
    tested = None if test is None else read_labelled(test, form)
    given_vectors = None if vectors is None else read_vectors(vectors)

    word_encoders = found.word_encoders()
    types = {span.type for each in learned for span in spans(each.tags)}
    names = None if gazetteer is None else read_gazetteer(gazetteer, types, chosen_units)

    def run(own: Settings, target: Path) -> TaggerTraining:
        if init is not None:
            made = continued_tagger(init, learned, own, compiled)
            origin = [Origin(init)]
            return TaggerTraining(made, learned, held_out, target, checkpoint, doctor, origin)
        net = found.opened(own)
        say_case(net, folder, own)
        named: dict[str, Any] = {"units": chosen_units, "word_encoders": word_encoders}
        made = Tagger.for_corpus(learned, own, given_vectors, names, compiled, net, **named)
        return TaggerTraining(made, learned, held_out, target, checkpoint, doctor)

    tagger = best_of_seeds(run, settings, seeds, out)
    if not is_first():
        return
    typer.echo(f"\n{'held-out data' if dev is None else dev}:\n{tagger.evaluate(held_out)}\n")
    if tested is not None:
        typer.echo(f"{test}:\n{tagger.evaluate(tested)}\n")
    typer.echo("\n".join(_examples(tagger, held_out, train is None)))
    if movement:
        typer.echo()
        report_movement(tagger, out)


def _corpora(
    train: Path | None, dev: Path | None, form: str | None
) -> tuple[list[Sentence], list[Sentence]]:
    given = None if dev is None else read_labelled(dev, form)
    if train is None:
        return embedded.corpus("train"), embedded.corpus("dev") if given is None else given
    sentences = read_labelled(train, form)
    if given is not None:
        return sentences, given
    if len(sentences) < _DEV_SHARE:
        raise ChainruleError(
            f"{train} holds {len(sentences)} sentences, too few to hold some out. Give --dev."
        )
    learned = [each for i, each in enumerate(sentences) if i % _DEV_SHARE != _DEV_SHARE - 1]
    return learned, sentences[_DEV_SHARE - 1 :: _DEV_SHARE]


def _examples(tagger: Tagger, held_out: list[Sentence], is_embedded: bool) -> list[str]:
    if is_embedded:
        sentences = [words for text in embedded.EXAMPLES for words in tagger.split(text)]
    else:
        with_entities = (each for each in held_out if any(tag != "O" for tag in each.tags))
        sentences = [list(each.words) for each, _ in zip(with_entities, range(3), strict=False)]
    between = "" if tagger.units == "characters" else " "
    return [
        bracketed(words, tags, between)
        for words, tags in zip(sentences, tagger.tag(sentences), strict=True)
    ]
