"""The names of a file's arrays, in the spelling of the family's tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.family import Family

_OLD = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
_NUMBERED = re.compile(r"\.layer\.(\d+)\.")


@dataclass(frozen=True)
class ArrayNames:
    """The names of a file's arrays.

    own     by the names of the family's tables
    prefix  that of the body in this file, or ""
    """

    own: dict[str, str]
    prefix: str

    def shown(self, name: str) -> str:
        """Return the name that an array has in the file, or would have."""
        body = name.startswith(("embeddings.", "encoder.", "transformer.", "pooler."))
        return self.own.get(name, self.prefix + name if body else name)

    @property
    def layers(self) -> int:
        """The number of layers that the file has arrays of."""
        found = (_NUMBERED.search(name) for name in self.own)
        return max((int(each[1]) + 1 for each in found if each), default=0)


def array_names(names: Iterable[str], family: Family) -> ArrayNames:
    """Return the names of a file's arrays.

    The prefix of the body is left out, the old names of layer norms are renamed, and arrays that no
    network needs are left out. Raises PretrainedError if two names of the file mean one array.
    """
    found: dict[str, str] = {}
    prefix = ""
    for name in names:
        if name.startswith(family.prefix):
            prefix = family.prefix
        known = _renamed(name.removeprefix(family.prefix))
        if known in family.ignored:
            continue
        if known in found:
            raise PretrainedError(
                f"The file holds {found[known]!r} and {name!r}, which name one array. Remove "
                "one of the two."
            )
        found[known] = name
    return ArrayNames(found, prefix)


def _renamed(name: str) -> str:
    for old, new in _OLD.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name
