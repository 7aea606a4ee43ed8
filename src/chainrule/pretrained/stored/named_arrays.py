"""Arrays of a file that are parameters of ours, one by one, as they are or transposed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, Parameter
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import Weights
from chainrule.pretrained.stored.name_table import rows
from chainrule.storage import shown
from chainrule.storage.paths import AnyPath

Shape = tuple[int, ...]


@dataclass(frozen=True)
class NamedArray:
    """A parameter of ours, and the array of a file that has its values.

    transposed  whether the file has the axes of the matrix in the opposite order
    """

    ours: str
    theirs: str
    transposed: bool = False

    def turned(self, value: Array) -> Array:
        """Return a value of the file in our order of axes, and the other way round."""
        return np.ascontiguousarray(value.T) if self.transposed else value

    def shape(self, parameter: Parameter) -> Shape:
        """Return the shape of the file's array."""
        return parameter.shape[::-1] if self.transposed else parameter.shape


def named_arrays(
    table: Iterable[tuple[str, str]], layers: int = 0, *, transposed: bool = False
) -> list[NamedArray]:
    """Return the arrays of a table of patterns, which are those of `name_table.rows`."""
    return [NamedArray(each.ours, each.theirs[0], transposed) for each in rows(table, layers)]


def fill(
    table: Iterable[NamedArray],
    parameters: Mapping[str, Parameter],
    weights: Weights,
    named: Callable[[str], str],
) -> None:
    """Set parameters to the values of a file, as float32.

    named  returns the name in the file of a name of the table
    """
    for each in table:
        value = each.turned(weights[named(each.theirs)])
        parameters[each.ours].assign(value.astype(np.float32, copy=False))


def require_floats(path: AnyPath, weights: Weights, names: Iterable[str]) -> None:
    """Raise PretrainedError for an array of integers or bools, such as a quantised one."""
    for name in names:
        if weights.dtypes[name].kind != "f":
            raise PretrainedError(
                f"{shown(path)} has {weights.dtypes[name]} numbers as {name!r}. Weights are "
                "floating-point numbers; quantised ones are not read."
            )


def stored_arrays(table: Iterable[NamedArray], state: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a file by the names of the table, from the values of our parameters."""
    return {each.theirs: each.turned(state[each.ours]) for each in table}
