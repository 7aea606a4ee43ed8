"""Values of parameters from the arrays of a file, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from chainrule.graph import Array, Parameter
from chainrule.pretrained.stored.name_table import NameRow

Shape = tuple[int, ...]


def shapes_of(parameters: Mapping[str, Parameter], table: Iterable[NameRow]) -> dict[str, Shape]:
    """Return the shape of every array of a file, by its name in the table."""
    return {
        name: (extent // len(row.theirs), *rest)
        for row in table
        for extent, *rest in (parameters[row.ours].shape,)
        for name in row.theirs
    }


def joined(
    table: Iterable[NameRow], arrays: Mapping[str, Array], names: Mapping[str, str]
) -> dict[str, Array]:
    """Return the values of our parameters, float32.

    arrays  the arrays of a file by its own names
    names   its own names by those of the table
    """
    return {row.ours: _joined([arrays[names[each]] for each in row.theirs]) for row in table}


def apart(table: Iterable[NameRow], state: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a file by the names of the table, from the values of our parameters."""
    return {
        name: part
        for row in table
        for name, part in zip(row.theirs, np.split(state[row.ours], len(row.theirs)), strict=True)
    }


def _joined(parts: list[Array]) -> Array:
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return whole.astype(np.float32, copy=False)
