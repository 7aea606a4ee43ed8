"""What an update writes: a whole parameter, now or where due, or the rows of a batch, each once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.graph import Constant, Parameter, Replace, ReplaceRows, Tensor, Update
from chainrule.ops import ADD_ROWS, add_rows, equal, first_occurrence, take, where


class Whole:
    """All of a parameter, or of its state."""

    def read(self, of: Parameter) -> Tensor:
        """Return the present value."""
        return of

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that gives it a new value."""
        return Replace(to, new)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows at `ids` (n,), of which those count where `keep` (n,) is true."""

    ids: Tensor
    keep: Tensor

    def read(self, of: Parameter) -> Tensor:
        """Return the present rows (n, ...)."""
        return take(of, self.ids)

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that gives the rows new values (n, ...)."""
        return ReplaceRows(to, self.ids, new, self.keep)


@dataclass(frozen=True, eq=False)
class Due:
    """All of a parameter, of which the rows or all are written where `moves` () or (rows,)."""

    moves: Tensor

    def read(self, of: Parameter) -> Tensor:
        """Return the present value."""
        return of

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that gives it a new value, where a step is due."""
        moves = self.moves
        if moves.ndim:
            moves = moves.reshape(*moves.shape, *(1,) * (to.ndim - 1))
        return Replace(to, where(moves, new, to))


Part = Whole | Rows | Due


def every_row(table: Parameter) -> Rows:
    """Return all rows of `table`, as a list of rows."""
    count = table.shape[0]
    return Rows(Constant(np.arange(count)), Constant(np.ones(count, np.bool_)))


def is_rows(gradient: Tensor) -> bool:
    """Say whether a gradient is a list of rows: that of a table that was only looked up."""
    return gradient.primitive is ADD_ROWS and gradient.attributes["axis"] == 0


def summed(gradient: Tensor, row: tuple[int, ...]) -> tuple[Rows, Tensor]:
    """Return the rows of the batch and their gradients (n, *row), those of equal ids summed.

    The gradient of a word is in the place where it occurs first, and only that place is kept, so
    that shapes do not depend on how many words are equal. The gradient of the whole table, which
    `gradient` stands for, is not computed.
    """
    rows, ids = gradient.inputs
    flat = ids.reshape(-1)
    first = first_occurrence(flat)
    sums = add_rows(rows.reshape(flat.size, *row), first, flat.size)
    return Rows(flat, equal(first, np.arange(flat.size))), sums
