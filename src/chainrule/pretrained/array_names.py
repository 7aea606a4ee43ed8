"""The names of a file's arrays, in the spelling of the family's tables."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.family import Family

_OLD = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


def known_spelling(names: Iterable[str], family: Family) -> dict[str, str]:
    """Return the file's names by their names in the tables of the family.

    The prefix of the body is left out, the old names of layer norms are renamed, and arrays that no
    network needs are left out. Raises PretrainedError if two names of the file mean one array.
    """
    found: dict[str, str] = {}
    for name in names:
        known = _renamed(name.removeprefix(family.prefix))
        if known in family.ignored:
            continue
        if known in found:
            raise PretrainedError(
                f"The file holds {found[known]!r} and {name!r}, which name one array. Remove "
                "one of the two."
            )
        found[known] = name
    return found


def _renamed(name: str) -> str:
    for old, new in _OLD.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name
