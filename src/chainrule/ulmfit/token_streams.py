"""Text as parallel streams of words, for truncated backpropagation through time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.iterable_batches import TARGETS
from chainrule.ulmfit.errors import UlmfitError

IDS, BEGINS = "ids", "begins"


class TokenStreams:
    """Documents joined to `batch` streams, read `steps` words at a time: data for `fit`.

    documents  the ids of each, (words,) integers
    batch      the number of streams
    steps      the words of a piece, through which gradients go back; fewer if the text is short
    seed       of the order of the documents, which is drawn anew for every epoch; None keeps it

    A batch has "ids" and "targets", the words one place later, both (batch, steps), and "begins"
    (batch,), True in the first piece of an epoch, in which the carried state starts at zero. What
    does not fill a piece of all streams is left out. Raises UlmfitError for too few words.
    """

    def __init__(
        self, documents: Sequence[Array], batch: int, steps: int, seed: int | None = None
    ) -> None:
        self.documents, self.batch, self.seed = list(documents), batch, seed
        self.words = sum(len(each) for each in self.documents)
        self.steps = min(steps, self.words // batch - 1)
        if self.steps < 1:
            raise UlmfitError(
                f"The text has {self.words} words, too few for {batch} streams of two words each. "
                "Give more text, or a smaller batch."
            )

    def __len__(self) -> int:
        """Return the number of pieces of an epoch."""
        return (self.words // self.batch - 1) // self.steps

    def settings(self) -> dict[str, Any]:
        """Return what the batches depend on, for a run that is resumed."""
        digest = hashlib.sha256()
        for each in self.documents:
            digest.update(np.ascontiguousarray(each, np.int64).tobytes())
        return {
            "words": self.words,
            "content": digest.hexdigest(),
            "batch": self.batch,
            "steps": self.steps,
            "seed": self.seed,
        }

    def __call__(self, epoch: int) -> Iterator[dict[str, Array]]:
        """Yield the pieces of an epoch."""
        order = np.arange(len(self.documents))
        if self.seed is not None:
            order = np.random.default_rng((self.seed, epoch)).permutation(len(order))
        joined = np.concatenate([self.documents[each] for each in order]).astype(np.int32)
        extent = self.words // self.batch
        streams = joined[: extent * self.batch].reshape(self.batch, extent)
        for piece in range(len(self)):
            first, last = piece * self.steps, (piece + 1) * self.steps
            yield {
                IDS: streams[:, first:last],
                BEGINS: np.full(self.batch, piece == 0),
                TARGETS: streams[:, first + 1 : last + 1],
            }
