"""Subsampled text in pieces of equal length, and the distribution of negative samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.word2vec.corpus import END, Corpus
from chainrule.word2vec.settings import Settings

_LONGEST, _SHORTEST = 1024, 16
_OCCURRENCES = 2.0
_LAST_PASSAGE = (1 << 30) - 1
_READ_AT_ONCE = 1 << 20
_TABLE = 1 << 20
_POWER = 0.75


@dataclass(frozen=True)
class Piece:
    """The text of one step.

    words     int32 (window + piece + window,): rows of words; the outer ones are only looked at
    passages  int32, of the same extent: the number of the passage of each word, modulo 2^30;
              negative and all different for places without a word
    share     the share of the epoch that is done after this piece
    """

    words: npt.NDArray[np.int32]
    passages: npt.NDArray[np.int32]
    share: float

    @property
    def arrays(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
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


def negative_table(corpus: Corpus) -> npt.NDArray[np.int32]:
    """Return rows such that a uniform choice draws a word with a probability of count^0.75."""
    ends = np.cumsum(corpus.counts.astype(np.float64) ** _POWER)
    extent = max(_TABLE, 4 * len(ends))
    until = np.floor(ends / ends[-1] * extent + 0.5).astype(np.int64)
    return np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(until, prepend=0))


def piece_extent(corpus: Corpus, settings: Settings) -> int:
    """Return the number of words whose gradients one step sums, a power of two from 16 to 1024.

    With cbow it is so small that a word of the piece is expected to occur at most twice in it: the
    piece times the sum of squared shares. Plain SGD diverges if it sums many gradients of a row.
    Adagrad, with skip-gram, does not.
    """
    if settings.model == "skip-gram":
        return _LONGEST
    kept = corpus.counts * keep_rates(corpus, settings.subsample)
    repeated, extent = float(((kept / kept.sum()) ** 2).sum()), _LONGEST
    while extent > _SHORTEST and extent * repeated > _OCCURRENCES:
        extent //= 2
    return extent


def pieces(
    corpus: Corpus, settings: Settings, epoch: int, extent: int | None = None
) -> Iterator[Piece]:
    """Yield the subsampled text of an epoch; equal seed and epoch give equal pieces.

    extent  the words of a piece; `piece_extent` if None
    """
    extent = piece_extent(corpus, settings) if extent is None else extent
    random = np.random.default_rng((settings.seed, epoch))
    rates = np.append(keep_rates(corpus, settings.subsample), np.float32(0))  # of END, the last
    halo = settings.window
    held = np.zeros((2, halo), np.int32)
    held[1] = -1 - np.arange(halo)
    passage, read = 0, 0
    while read < len(corpus.ids):
        part = corpus.ids[read : read + _READ_AT_ONCE]
        read += len(part)
        drawn = random.random(len(part), np.float32)
        kept = np.flatnonzero(drawn < np.take(rates, part, mode="wrap"))
        ends = np.cumsum(part == END, dtype=np.int32)
        numbers = (passage + ends[kept]) & _LAST_PASSAGE
        passage = (passage + int(ends[-1])) & _LAST_PASSAGE
        held = np.concatenate([held, np.stack([part[kept], numbers])], axis=1)
        if read == len(corpus.ids):
            held = _padded(held, halo, extent)
        whole = (held.shape[1] - 2 * halo) // extent
        for first in range(0, whole * extent, extent):
            found = held[:, first : first + extent + 2 * halo]
            done = (read - len(part) * (1 - (first + extent) / (whole * extent))) / len(corpus.ids)
            yield Piece(found[0], found[1], done)
        held = held[:, whole * extent :]


def _padded(held: Any, halo: int, extent: int) -> Any:
    """Return the last words with places without a word after them, up to a whole piece."""
    missing = -(held.shape[1] - halo) % extent + halo
    places = np.stack([np.zeros(missing, np.int32), -1 - halo - np.arange(missing, dtype=np.int32)])
    return np.concatenate([held, places], axis=1)
