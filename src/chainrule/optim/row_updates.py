"""Parts of a parameter that an update writes: all of it, the rows that are due, or given rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.graph import AddRows, Constant, Parameter, Replace, ReplaceRows, Tensor, Update
from chainrule.ops import ADD_ROWS, add_rows, equal, first_occurrence, take, where


class Whole:
    """The whole of a parameter, or of its state."""

    def read(self, of: Parameter) -> Tensor:
        """Return the current value."""
        return of

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that assigns a new value."""
        return Replace(to, new)


@dataclass(frozen=True, eq=False)
class TableRows:
    """The rows of a table at `ids` (n,), int64, where `keep` (n,), bool, is true."""

    ids: Tensor
    keep: Tensor

    def read(self, of: Parameter) -> Tensor:
        """Return the current rows (n, ...)."""
        return take(of, self.ids)

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that assigns new values (n, ...) to the rows."""
        return ReplaceRows(to, self.ids, new, self.keep)


@dataclass(frozen=True, eq=False)
class AddedRows:
    """The rows of a table at `ids` (n,), integer, to which a step only adds; equal ids add up."""

    ids: Tensor

    def add(self, to: Parameter, change: Tensor, factor: Tensor) -> Update:
        """Return the update that adds `change` (n, ...) times `factor` () to the rows."""
        return AddRows(to, self.ids, change, factor)


@dataclass(frozen=True, eq=False)
class WhereDue:
    """The rows where `due` (rows,) is true, or the whole parameter where `due` () is."""

    due: Tensor

    def read(self, of: Parameter) -> Tensor:
        """Return the current value."""
        return of

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that assigns a new value where a step is due."""
        due = self.due
        if due.ndim:
            due = due.reshape(*due.shape, *(1,) * (to.ndim - 1))
        return Replace(to, where(due, new, to))


Part = Whole | TableRows | AddedRows | WhereDue


def every_row(table: Parameter) -> TableRows:
    """Return all rows of `table` as selected rows."""
    count = table.shape[0]
    return TableRows(Constant(np.arange(count)), Constant(np.ones(count, np.bool_)))


def is_rows(gradient: Tensor) -> bool:
    """Return whether a gradient is a list of rows: that of a table that was only looked up."""
    return gradient.primitive is ADD_ROWS and gradient.attributes["axis"] == 0


def added(gradient: Tensor, row: tuple[int, ...]) -> tuple[AddedRows, Tensor]:
    """Return the rows of the batch and their gradients (n, *row), one for each lookup."""
    rows, ids = gradient.inputs
    flat = ids.reshape(-1)
    return AddedRows(flat), rows.reshape(flat.size, *row)


def summed(gradient: Tensor, row: tuple[int, ...]) -> tuple[TableRows, Tensor]:
    """Return the rows of the batch and their gradients (n, *row), summed over equal ids.

    The sum for an id is at its first occurrence, and `keep` is true only there, so that shapes do
    not depend on the number of equal ids. The gradient of the whole table is not computed.
    """
    rows, ids = gradient.inputs
    flat = ids.reshape(-1)
    first = first_occurrence(flat)
    sums = add_rows(rows.reshape(flat.size, *row), first, flat.size)
    return TableRows(flat, equal(first, np.arange(flat.size))), sums
