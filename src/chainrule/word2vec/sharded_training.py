"""The training of word vectors on several processes, whose tables are spread over them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from chainrule import ChainruleError
from chainrule.distributed import Communicator
from chainrule.text.vectors import Block, write_vectors
from chainrule.word2vec.corpus import Corpus
from chainrule.word2vec.progress import Progress, diverged
from chainrule.word2vec.sampling import Piece, keep_rates, negative_table, piece_extent, pieces
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.sharded_step import ShardedStep
from chainrule.word2vec.step import Word2VecStep

_STEPS_BETWEEN_LOSSES = 64
_SMALLEST = 16


def train_sharded(
    kind: type[Word2VecStep],
    corpus: Corpus,
    settings: Settings,
    between: Communicator,
    out: Path,
    on_progress: Callable[[Progress], object],
) -> None:
    """Train word vectors on all ranks, and write them to `out` on rank 0.

    Raises ChainruleError on all ranks if they read different texts, or have other settings.
    """
    _require_equal(corpus, settings, between)
    extent = _extent(corpus, settings, between)
    kept = float((corpus.counts * keep_rates(corpus, settings.subsample)).sum())
    steps = math.ceil(kept / (extent * between.size) + 1) * settings.epochs
    negatives = negative_table(corpus)
    step = ShardedStep(kind, len(corpus.words), negatives, extent, steps, settings, between)
    for epoch in range(settings.epochs):
        for number, piece in enumerate(_own_pieces(corpus, settings, epoch, extent, between)):
            loss, pairs = step(piece)
            if number % _STEPS_BETWEEN_LOSSES == 0:
                _report(loss, pairs, epoch, piece, corpus, between, on_progress)
    _write(out, step, corpus, between)


def _require_equal(corpus: Corpus, settings: Settings, between: Communicator) -> None:
    every = between.gather_objects((corpus.digest, settings.model_dump_json()))
    for rank, other in enumerate(every):
        if other != every[0]:
            what = "another text" if other[0] != every[0][0] else "other settings"
            raise ChainruleError(
                f"Rank {rank} was given {what} than rank 0. Start all processes with the same "
                "files and options."
            )


def _extent(corpus: Corpus, settings: Settings, between: Communicator) -> int:
    """Return the words of the piece of a rank; with cbow those of all ranks are limited."""
    extent = piece_extent(corpus, settings)
    return extent if settings.model == "skip-gram" else max(_SMALLEST, extent // between.size)


def _own_pieces(
    corpus: Corpus, settings: Settings, epoch: int, extent: int, between: Communicator
) -> Iterator[Piece]:
    """Yield the pieces of this rank, dealt in turn; all ranks have equally many."""
    text = pieces(corpus, settings, epoch, extent)
    while together := [*itertools.islice(text, between.size)]:
        last = together[-1]
        yield together[between.rank] if between.rank < len(together) else _empty(last)


def _empty(like: Piece) -> Piece:
    """Return a piece without words."""
    nowhere = -1 - np.arange(len(like.passages), dtype=np.int32)
    return Piece(np.zeros_like(like.words), nowhere, like.share)


def _report(
    loss: float,
    pairs: float,
    epoch: int,
    piece: Piece,
    corpus: Corpus,
    between: Communicator,
    on_progress: Callable[[Progress], object],
) -> None:
    loss, pairs = between.all_reduce(np.array([loss, pairs])).tolist()
    if not math.isfinite(loss):
        raise diverged()
    if between.rank == 0:
        words = (epoch + piece.share) * corpus.total
        on_progress(Progress(epoch + 1, words, loss / max(pairs, 1.0)))


def _write(out: Path, step: ShardedStep, corpus: Corpus, between: Communicator) -> None:
    """Write the vectors in blocks of rows: no process holds the whole table."""
    blocks = _blocks(step, corpus)
    if between.rank == 0:
        write_vectors(out, blocks)
    else:
        for _ in blocks:
            pass
    between.barrier()


def _blocks(step: ShardedStep, corpus: Corpus) -> Iterator[Block]:
    first = 0
    for rows in step.inputs.blocks():
        if not np.isfinite(rows).all():
            raise diverged()
        yield Block(corpus.words[first : first + len(rows)], rows)
        first += len(rows)
