"""The training of word vectors: epochs over pieces of a text, with checkpoints."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from chainrule import ChainruleError
from chainrule.distributed import communicator
from chainrule.storage import (
    StorageError,
    partials,
    reason,
    remove_abandoned,
    require_memory,
    shown,
)
from chainrule.storage.atomic import folder_beside
from chainrule.text.vectors import WordVectors, read_vectors, write_vectors
from chainrule.word2vec.cbow import CbowStep
from chainrule.word2vec.checkpoint import (
    Position,
    checkpoint_path,
    load_checkpoint,
    save_checkpoint,
)
from chainrule.word2vec.corpus import Corpus, read_corpus
from chainrule.word2vec.progress import Progress, diverged
from chainrule.word2vec.sampling import Piece, keep_rates, negative_table, piece_extent, pieces
from chainrule.word2vec.settings import Model, Settings
from chainrule.word2vec.sharded_training import train_sharded
from chainrule.word2vec.skip_gram import SkipGramStep
from chainrule.word2vec.step import Word2VecStep

_SECONDS_BETWEEN_CHECKPOINTS = 300.0
_ABANDONED = 60.0  # seconds, after which a folder without a lock belongs to a killed process
_STEPS_BETWEEN_LOSSES = 64
_STEPS: dict[Model, type[Word2VecStep]] = {"skip-gram": SkipGramStep, "cbow": CbowStep}


def train_vectors(
    files: Sequence[Path],
    out: Path,
    settings: Settings | None = None,
    *,
    resume: bool = False,
    on_corpus: Callable[[Corpus], object] = lambda corpus: None,
    on_progress: Callable[[Progress], object] = lambda progress: None,
) -> WordVectors:
    """Train word vectors on text files, and write them as safetensors to `out`.

    settings     see `Settings`
    resume       continue from the checkpoint that a stopped training left beside `out`
    on_corpus    called with the text when it has been read
    on_progress  called after some steps

    The text is read once and streamed from numbers on the disk (8 bytes per token, beside `out`),
    so files may be larger than memory. A checkpoint is written every five minutes, and at Ctrl-C;
    the file of the vectors appears when the training is finished. Equal text and settings give
    equal vectors on the same kind of machine, whether the training was resumed or not.

    Processes that a launcher started spread the tables over them, sum the gradients of one piece
    each, and write no checkpoint; the number of processes then changes the vectors. Rank 0 writes
    the file, which all read at the end, and alone calls `on_progress`.

    Raises ChainruleError for unusable text or checkpoints, StorageError for files.
    """
    settings, stored = settings or Settings(), checkpoint_path(out)
    between = communicator()
    _require_decided(out, stored, resume)
    if resume and between.size > 1:
        raise ChainruleError(
            f"{shown(stored)} was to be continued on {between.size} processes, but a training of "
            "word vectors is continued on one only. Start one process."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(partials(out), _ABANDONED)  # the text of a killed training
        with folder_beside(out) as folder:
            corpus = read_corpus(files, folder, settings)
            on_corpus(corpus)
            if between.size > 1:
                train_sharded(_STEPS[settings.model], corpus, settings, between, out, on_progress)
                return read_vectors(out)
            step = _step(corpus, settings)
            start = load_checkpoint(stored, step, corpus, settings) if resume else Position()
            _run(step, corpus, settings, start, stored, on_progress)
            _write(out, step, corpus, settings, stored)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"The text cannot be stored as numbers beside {shown(out)}: {reason(error)}. Choose "
            "another place for --out, or free disk space."
        ) from error
    stored.unlink(missing_ok=True)
    return read_vectors(out)


def _require_decided(out: Path, stored: Path, resume: bool) -> None:
    if out.exists() and not out.is_file():
        raise ChainruleError(f"{shown(out)} is not a file. Name a file for the vectors.")
    if resume and not stored.exists():
        raise ChainruleError(
            f"There is no checkpoint {shown(stored)} to resume from. Start without --resume."
        )
    if stored.exists() and not resume:
        raise ChainruleError(
            f"{shown(stored)} holds an unfinished training. Continue it with --resume, or remove "
            "it to start anew."
        )


def _step(corpus: Corpus, settings: Settings) -> Word2VecStep:
    kind, extent = _STEPS[settings.model], piece_extent(corpus, settings)
    size = 4 * kind.tables * len(corpus.words) * settings.size
    try:
        require_memory(size)
    except MemoryError as error:
        raise ChainruleError(
            f"{len(corpus.words)} words of size {settings.size} need {size} bytes, more than this "
            "machine has memory. Choose a smaller --size or a larger --min-count."
        ) from error
    kept = float((corpus.counts * keep_rates(corpus, settings.subsample)).sum())
    steps = math.ceil(kept / extent + 1) * settings.epochs
    return kind(len(corpus.words), negative_table(corpus), extent, steps, settings)


def _run(
    step: Word2VecStep,
    corpus: Corpus,
    settings: Settings,
    start: Position,
    stored: Path,
    on_progress: Callable[[Progress], object],
) -> None:
    """Make all steps from a position on; write checkpoints now and then, and at Ctrl-C."""
    saved = time.monotonic()
    place = start.epoch, step.made - start.step  # the epoch, and the steps made before it

    def save() -> None:
        position = Position(place[0], step.made - place[1])
        save_checkpoint(stored, step, position, corpus, settings)

    try:
        while place[0] < settings.epochs:
            first = step.made - place[1]
            text = itertools.islice(pieces(corpus, settings, place[0]), first, None)
            for number, piece in enumerate(text, start=first):
                is_watched = number % _STEPS_BETWEEN_LOSSES == 0
                result = (step.watched_update if is_watched else step.update)(*piece.arrays)
                if is_watched:
                    on_progress(_progress(place[0], piece, corpus, float(result)))
                if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                    save()
                    saved = time.monotonic()
            place = place[0] + 1, step.made
    except KeyboardInterrupt:
        save()
        raise


def _progress(epoch: int, piece: Piece, corpus: Corpus, loss: float) -> Progress:
    if not math.isfinite(loss):
        raise diverged()
    return Progress(epoch + 1, (epoch + piece.share) * corpus.total, loss)


def _write(out: Path, step: Word2VecStep, corpus: Corpus, settings: Settings, stored: Path) -> None:
    """Write the vectors; what cannot be written is kept in the checkpoint."""
    table = step.inputs.value
    if not np.isfinite(table).all():
        raise diverged()
    try:
        write_vectors(out, WordVectors(corpus.words, table))
    except StorageError:
        save_checkpoint(stored, step, Position(settings.epochs), corpus, settings)
        raise
