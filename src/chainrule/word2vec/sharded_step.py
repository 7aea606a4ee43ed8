"""The step of several processes: each computes a piece of its own on the rows that it needs.

The tables are spread over the ranks. The rows of the words of a piece, and of its negatives, are
fetched from the ranks that hold them, and their gradients are sent back. Negatives are drawn before
the step, so that their rows are known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.distributed import Communicator, ShardedTable
from chainrule.word2vec.sampling import Piece
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.step import Rows, Word2VecStep

_ONE_WORD = 1
_APART = 1_000_003


class ShardedStep:
    """A step on one piece per rank, whose gradients are added up.

    kind       the class of the step of one process, which defines the loss and the optimizer
    words      the number of words
    negatives  rows of words, of which one is drawn uniformly
    piece      words of the piece of a rank
    steps      the number of steps in which the rate goes down
    """

    def __init__(
        self,
        kind: type[Word2VecStep],
        words: int,
        negatives: npt.NDArray[np.int32],
        piece: int,
        steps: int,
        settings: Settings,
        between: Communicator,
    ) -> None:
        self._negatives, self.piece, self._settings = negatives, piece, settings
        # its tables are not used; its random windows differ from those of other ranks
        own = settings.model_copy(update={"seed": (settings.seed + _APART * between.rank) % 2**63})
        self._formula = kind(_ONE_WORD, negatives[:1], piece, steps, own)
        self._groups = self._formula.groups
        self._between = between

        def optimizer(tables: list[cr.Parameter]) -> cr.optim.Optimizer:
            return kind.make_optimizer(tables, settings, max(1, steps))

        def first(shape: tuple[int, int], random: np.random.Generator) -> Any:
            return (random.random(shape, np.float32) - 0.5) / settings.size

        def zeros(shape: tuple[int, int], random: np.random.Generator) -> Any:
            return np.zeros(shape, np.float32)

        options: dict[str, Any] = {"seed": settings.seed, "between": between}
        self.inputs = ShardedTable(words, settings.size, optimizer, initial=first, **options)
        self.outputs = ShardedTable(words, settings.size, optimizer, initial=zeros, **options)
        self._gradients: Any = cr.compile(self._computed)
        self._made = 0

    def __call__(self, piece: Piece) -> tuple[float, float]:
        """Make a step; every rank gives a piece. Return the loss of the own one, and its pairs."""
        words, passages = piece.arrays
        drawn = self._drawn()
        ids, places = np.unique(np.concatenate([words, drawn]), return_inverse=True)
        places = places.astype(np.int32)
        most = len(words) + len(drawn)
        local = [_extended(table.rows(ids), most) for table in (self.inputs, self.outputs)]
        loss, pairs, *found = self._gradients(
            *local, places[: len(words)], places[len(words) :], passages
        )
        for table, each in zip((self.inputs, self.outputs), found, strict=True):
            table.update(ids, each.value[: len(ids)])
        self._made += 1
        return float(loss), float(pairs)

    def _computed(
        self, inputs: Any, outputs: Any, words: Any, drawn: Any, passages: Any
    ) -> tuple[Any, ...]:
        """Return the loss of a piece, its pairs, and the gradients of the rows."""
        rows = Rows(inputs, outputs, lambda count: drawn)
        loss, pairs = self._formula.loss(rows, words, passages)
        found = cr.gradients(loss, [inputs, outputs])
        return loss, pairs, *found

    def _drawn(self) -> npt.NDArray[np.int32]:
        """Draw negatives: other ones in every step and on every rank."""
        seed = self._settings.seed, self._made, self._between.rank
        count = self._groups * self._formula.shared
        chosen = np.random.default_rng(seed).integers(0, len(self._negatives), count)
        return self._negatives[chosen]


def _extended(rows: Any, extent: int) -> Any:
    """Return rows with zeros after them, so that all pieces have the same shapes."""
    found = np.zeros((extent, rows.shape[1]), rows.dtype)
    found[: len(rows)] = rows
    return found
