"""Arrays of a file that become parameters as they are: names, shapes, and values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from chainrule.nn import Module
from chainrule.pretrained.files import Weights, match_names


@dataclass(frozen=True)
class ArrayRow:
    """The path of a parameter of ours, the name of its array, and the shape of both."""

    ours: str
    theirs: str
    shape: tuple[int, ...]


def require_rows(
    rows: Iterable[ArrayRow], weights: Weights, what: str, ignore: Iterable[str] = ()
) -> None:
    """Raise PretrainedError, with all differences, unless a file has the arrays of these rows.

    what    the subject of the message
    ignore  regular expressions of names that may be there too
    """
    expected = {each.theirs: each.shape for each in rows}
    match_names(expected, weights.shapes, ignore=ignore, what=what)


def fill_rows(net: Module, rows: Iterable[ArrayRow], weights: Weights) -> None:
    """Set parameters to the arrays of a file, in float32."""
    parameters = net.named_parameters()
    for each in rows:
        parameters[each.ours].assign(weights[each.theirs].astype(np.float32, copy=False))
