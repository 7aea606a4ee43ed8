"""Batches of arrays that are held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chainrule.graph import Array
from chainrule.train.order import shuffled
from chainrule.train.soundness import lifted

Batch = tuple[Array, ...]

_BATCHES_AT_ONCE = 16
_BYTES_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class ArrayBatches:
    """Arrays whose first axis counts the samples: inputs, and the targets last.

    names  keywords of the model for the inputs; empty if they are given by position
    size   samples per batch; the last batch of an epoch has what is left
    seed   of the order of the samples; None leaves them in the order they have
    """

    arrays: Batch
    names: tuple[str, ...]
    size: int
    seed: int | None
    repeats = True

    @property
    def samples(self) -> int:
        """Samples per epoch."""
        return len(self.arrays[-1])

    @property
    def count(self) -> int:
        """Batches per epoch."""
        return -(-self.samples // self.size)

    @property
    def described(self) -> dict[str, Any]:
        """What must be the same for a run to go on where it stopped."""
        return {
            "arrays": [f"{each.dtype}{list(each.shape)}" for each in self.arrays],
            "batch_size": self.size,
            "seed": self.seed,
        }

    def batches(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, from number `first` on."""
        together = self._together()
        order = None if self.seed is None else shuffled(self.samples, self.seed, epoch)
        for start in range(first // together * together, self.count, together):
            samples = slice(start * self.size, (start + together) * self.size)
            part = [
                lifted(each[samples] if order is None else each.take(order[samples], axis=0))
                for each in self.arrays
            ]
            skipped = max(0, first - start) * self.size
            for low in range(skipped, len(part[-1]), self.size):
                yield tuple([each[low : low + self.size] for each in part])

    def _together(self) -> int:
        """Return how many batches to gather at once: gathering has a cost of its own."""
        sample = sum(each[:1].nbytes for each in self.arrays)
        return min(_BATCHES_AT_ONCE, max(1, _BYTES_AT_ONCE // max(1, sample * self.size)))
