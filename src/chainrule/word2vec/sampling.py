"""Subsampled text in pieces of equal length, and the distribution of negative samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.word2vec.corpus import Corpus
from chainrule.word2vec.settings import Settings

PIECE = 1024  # words whose gradients one step sums
_READ_AT_ONCE = 1 << 20
_TABLE = 1 << 20
_POWER = 0.75


@dataclass(frozen=True)
class Piece:
    """The text of one step.

    words     int64 (window + PIECE + window,): rows of words; the outer ones are only looked at
    passages  int64, of the same extent: the number of the passage of each word, negative and all
              different for places without a word
    share     the share of the epoch that is done after this piece
    """

    words: npt.NDArray[np.int64]
    passages: npt.NDArray[np.int64]
    share: float

    @property
    def arrays(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The arguments of a step."""
        return self.words, self.passages


def keep_rates(corpus: Corpus, subsample: float) -> npt.NDArray[np.float32]:
    """Return the probability with which an occurrence of each word is kept.

    Mikolov and others: Distributed representations of words and phrases (2013), as word2vec does
    it: sqrt(t/f) + t/f.
    """
    if not subsample:
        return np.ones(len(corpus.counts), np.float32)
    ratio = subsample * corpus.counts.sum() / corpus.counts
    rates: npt.NDArray[np.float32] = np.minimum(1, np.sqrt(ratio) + ratio).astype(np.float32)
    return rates


def negative_table(corpus: Corpus) -> npt.NDArray[np.int64]:
    """Return rows such that a uniform choice draws a word with a probability of count^0.75."""
    ends = np.cumsum(corpus.counts.astype(np.float64) ** _POWER)
    extent = max(_TABLE, 4 * len(ends))
    places = (np.arange(extent) + 0.5) / extent * ends[-1]
    rows: npt.NDArray[np.int64] = np.searchsorted(ends, places).astype(np.int64)
    return rows


def pieces(corpus: Corpus, settings: Settings, epoch: int) -> Iterator[Piece]:
    """Yield the subsampled text of an epoch; equal seed and epoch give equal pieces."""
    random, rates = (
        np.random.default_rng((settings.seed, epoch)),
        keep_rates(corpus, settings.subsample),
    )
    halo = settings.window
    held = np.zeros((2, halo), np.int64)
    held[1] = -1 - np.arange(halo)
    passage, read = 0, 0
    while read < len(corpus.ids):
        part = corpus.ids[read : read + _READ_AT_ONCE].astype(np.int64)
        read += len(part)
        numbers = passage + np.cumsum(part < 0)
        passage = int(numbers[-1])
        kept = (part >= 0) & (random.random(len(part), np.float32) < rates[part])
        held = np.concatenate([held, np.stack([part[kept], numbers[kept]])], axis=1)
        if read == len(corpus.ids):
            held = _padded(held, halo)
        whole = (held.shape[1] - 2 * halo) // PIECE
        for first in range(0, whole * PIECE, PIECE):
            found = held[:, first : first + PIECE + 2 * halo]
            done = (read - len(part) * (1 - (first + PIECE) / (whole * PIECE))) / len(corpus.ids)
            yield Piece(found[0], found[1], done)
        held = held[:, whole * PIECE :]


def _padded(held: Any, halo: int) -> Any:
    """Return the last words with places without a word after them, up to a whole piece."""
    missing = -(held.shape[1] - halo) % PIECE + halo
    places = np.stack([np.zeros(missing, np.int64), -1 - halo - np.arange(missing)])
    return np.concatenate([held, places], axis=1)
