"""What a step writes into one parameter: a whole value, or rows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chainrule.graph.primitive import PRIMITIVES, Array
from chainrule.graph.tensor import Tensor, apply

if TYPE_CHECKING:
    from chainrule.graph.leaves import Parameter


@dataclass(frozen=True)
class Replace:
    """Give `parameter` the value of `new`."""

    parameter: Parameter
    new: Tensor

    @property
    def written(self) -> Tensor:
        """The values that the update computed."""
        return self.new

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """What the update writes from."""
        return (self.new,)

    def fitted(self) -> Replace:
        """Return the update with a value of the parameter's dtype.

        Raises ShapeError or DTypeError if the parameter cannot be assigned such a value.
        """
        self.parameter.require_fits(self.new)
        if self.new.dtype == self.parameter.dtype:
            return self
        return Replace(self.parameter, self.new.astype(self.parameter.dtype))

    def apply(self, new: Array) -> None:
        """Write the new value."""
        self.parameter.assign(new)


@dataclass(frozen=True)
class ReplaceRows:
    """Give the rows of `parameter` at `ids` (n,) the values `rows` (n, ...), where `keep` (n,)."""

    parameter: Parameter
    ids: Tensor
    rows: Tensor
    keep: Tensor

    @property
    def new(self) -> Tensor:
        """The whole value after the update."""
        before = apply(PRIMITIVES["take"], self.parameter, self.ids, axis=0)
        change = self.rows - before
        keep = self.keep.reshape(*self.keep.shape, *(1,) * (change.ndim - 1))
        kept = apply(PRIMITIVES["where"], keep, change, 0)
        size = self.parameter.shape[0]
        return self.parameter + apply(PRIMITIVES["add_rows"], kept, self.ids, size=size, axis=0)

    @property
    def written(self) -> Tensor:
        """The values that the update computed."""
        return self.rows

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """What the update writes from."""
        return (self.ids, self.rows, self.keep)

    def fitted(self) -> ReplaceRows:
        """Return the update with rows of the parameter's dtype.

        Raises ShapeError or DTypeError if the parameter cannot be assigned such rows.
        """
        self.parameter.require_rows_fit(self.ids, self.rows)
        if self.rows.dtype == self.parameter.dtype:
            return self
        rows = self.rows.astype(self.parameter.dtype)
        return ReplaceRows(self.parameter, self.ids, rows, self.keep)

    def apply(self, ids: Array, rows: Array, keep: Array) -> None:
        """Write the new rows; the cost is theirs, not the table's."""
        chosen = np.flatnonzero(keep)
        self.parameter.store_rows(ids[chosen], rows[chosen])


Update = Replace | ReplaceRows
