"""Batches of arrays that are held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from chainrule.graph import Array
from chainrule.train.data.data_checks import in_tensor_dtype
from chainrule.train.data.sample_order import shuffled

Batch = tuple[Array, ...]

_BATCHES_AT_ONCE = 16
_BYTES_AT_ONCE = 1 << 22
_BYTES_COMPARED = 1 << 24


@dataclass(frozen=True)
class ArrayBatches:
    """Batches of arrays whose first axis is that of the samples: the inputs, then the targets.

    names      the keywords of the model for the inputs; empty if they are passed by position
    size       samples per batch; the last batch of an epoch may be smaller
    seed       of the order of the samples; None keeps their order
    drop_last  whether a smaller last batch is left out
    """

    arrays: Batch
    names: tuple[str, ...]
    size: int
    seed: int | None
    drop_last: bool = False
    repeats = True

    @property
    def samples(self) -> int:
        """Samples per epoch."""
        given = len(self.arrays[-1])
        return given - given % self.size if self.drop_last else given

    @property
    def count(self) -> int:
        """Batches per epoch."""
        return -(-self.samples // self.size)

    @property
    def described(self) -> dict[str, Any]:
        """The settings that must be the same when the run is resumed."""
        return {
            "arrays": [f"{each.dtype}{list(each.shape)}" for each in self.arrays],
            "batch_size": self.size,
            "seed": self.seed,
            "drop_last": self.drop_last,
            "names": self.names,
            "content": [_sampled(each) for each in self.arrays],
        }

    def in_order(self) -> ArrayBatches:
        """Return batches of all samples, not shuffled."""
        return replace(self, seed=None, drop_last=False)

    def block_of(self, batch: Batch, rows: slice) -> Batch:
        """Return some samples of a batch, as a batch."""
        return tuple([each[rows] for each in batch])

    def batches(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, from batch number `first` on."""
        together = self._together()
        given = len(self.arrays[-1])
        order = None if self.seed is None else shuffled(given, self.seed, epoch)
        for start in range(first // together * together, self.count, together):
            end = min((start + together) * self.size, self.samples)
            samples = slice(start * self.size, end)
            part = [
                in_tensor_dtype(each[samples] if order is None else _gathered(each, order[samples]))
                for each in self.arrays
            ]
            batches = zip(*[_divided(each, self.size) for each in part], strict=True)
            yield from islice(batches, max(0, first - start), None)

    def _together(self) -> int:
        """Return how many batches are gathered at once, because each gathering has a fixed cost."""
        sample = sum(each[:1].nbytes for each in self.arrays)
        return min(_BATCHES_AT_ONCE, max(1, _BYTES_AT_ONCE // max(1, sample * self.size)))


def _sampled(array: Array) -> Array:
    """Return evenly spaced rows of at most 16 MiB in all, for comparison with other data."""
    return array[:: -(-array.nbytes // _BYTES_COMPARED) or 1]


def _gathered(array: Array, rows: Array) -> Array:
    """Return rows by numbers that are in range; mode="clip" avoids NumPy's slower checks."""
    return array.take(rows, axis=0, mode="clip")


def _divided(array: Array, size: int) -> Iterable[Array]:
    """Return views of `size` rows each, the last of which may be smaller."""
    count = len(array) // size
    whole = array[: count * size].reshape(count, size, *array.shape[1:])
    left = array[count * size :]
    return chain(whole, [left]) if len(left) else whole
