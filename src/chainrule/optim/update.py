"""Updates: what a step will write into parameters, all of it applied together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Parameter, Tensor


@dataclass(frozen=True)
class Replace:
    """Give `parameter` the value of `new`."""

    parameter: Parameter
    new: Tensor

    def apply(self) -> None:
        """Write the new value."""
        self.parameter.assign(self.new)


@dataclass(frozen=True)
class ReplaceRows:
    """Give the rows of `parameter` at `ids` (n,) the values `rows` (n, ...), where `keep` (n,)."""

    parameter: Parameter
    ids: Tensor
    rows: Tensor
    keep: Tensor

    def apply(self) -> None:
        """Write the new rows; the cost is theirs, not the table's."""
        chosen = np.flatnonzero(self.keep.read())
        self.parameter.assign_rows(self.ids.read()[chosen], self.rows.read()[chosen])


Update = Replace | ReplaceRows


def apply_together(updates: Sequence[Update]) -> None:
    """Apply the updates of one step, whose new values were all computed from the old ones."""
    for update in updates:
        update.apply()
