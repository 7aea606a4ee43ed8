"""A long text as streams that are read side by side, chunk by chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule import ChainruleError

Array = np.ndarray[Any, Any]


class Streams:
    """The chunks of a text in every epoch; a chunk goes on where the one before ended.

    ids    the characters of the text, integers (characters,)
    batch  the streams that are read side by side
    steps  the characters of each stream per chunk

    The characters behind the last whole chunk are left out. Raises ChainruleError for a text that
    is shorter than one chunk.
    """

    def __init__(self, ids: Array, batch: int, steps: int) -> None:
        count = (len(ids) - 1) // (batch * steps)
        if count < 1:
            raise ChainruleError(
                f"The text has {len(ids)} characters, fewer than a step of {batch} streams of "
                f"{steps} characters reads. Give more text, a smaller --batch-size or --steps."
            )
        self._ids, self._shape = ids.astype(np.int32), (batch, count * steps)
        self._steps, self._count = steps, count

    def settings(self) -> dict[str, Any]:
        """Return a digest of the text, which a resumed run must have too."""
        digest = hashlib.sha256(self._ids.tobytes()).hexdigest()[:12]
        return {"text": f"{len(self._ids)} characters, sha256 {digest}", "steps": self._steps}

    @property
    def characters(self) -> int:
        """The number of characters that an epoch predicts."""
        return self._shape[0] * self._shape[1]

    def __len__(self) -> int:
        """Return the number of chunks of an epoch."""
        return self._count

    def __call__(self, epoch: int) -> Iterator[tuple[Array, Array, Array]]:
        """Yield characters (streams, steps), whether the text goes on, and the next characters.

        Whether it goes on: float32 (streams,), 0 in the first chunk of an epoch, later 1.
        """
        batch, length = self._shape
        inputs = self._ids[: batch * length].reshape(batch, length)
        targets = self._ids[1 : batch * length + 1].reshape(batch, length)
        for begin in range(0, length, self._steps):
            some = slice(begin, begin + self._steps)
            goes_on = np.full(batch, float(begin > 0), np.float32)
            yield inputs[:, some], goes_on, targets[:, some]
