"""The nodes of a document that the doctor's names of gates, parameters and scans mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NUMBERED = re.compile(r"(.*) \((\d+)\)")


class MeasuredPlaces:
    """Finds the nodes that measurements are of.

    The doctor names a gate by the path of its module and its kind, such as "encoder.0.matmul", and
    the second of that name "encoder.0.matmul (2)"; a ReLU is a gate of the kind maximum.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._nodes = document["nodes"]
        self._kinds, self._calls = document["kinds"], document["calls"]
        self._arrives = [each >= 0 for each in document["numbers"]["upstream"]]
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for number in range(len(self._nodes["name"])):
            for name in self._names_of(number):
                self._by_name[name].append(number)

    def of(self, names: Sequence[str]) -> list[int]:
        """Return a node per name, in their order; names without a node are left out."""
        found = (self._of_name(each) for each in names)
        return list(dict.fromkeys(each for each in found if each is not None))

    def _of_name(self, name: str) -> int | None:
        numbered = _NUMBERED.fullmatch(name)
        base, place = (numbered[1], int(numbered[2])) if numbered else (name, 1)
        found = self._by_name.get(base, [])
        arriving = [each for each in found if self._arrives[each]] or found
        if place <= len(arriving):
            return arriving[place - 1]
        return next(iter([*self._around(base), *arriving]), None)

    def _around(self, name: str) -> list[int]:
        """Return the scan that a gate is in: the gates of its body are no nodes of the graph."""
        path = name
        while path:
            path = path.rpartition(".")[0]
            scans = [each for each in self._by_name.get(path, ()) if self._kind(each) == "scan"]
            if scans:
                return scans
        return []

    def _names_of(self, number: int) -> Iterator[str]:
        """Yield the names that the doctor may give a node."""
        kind, path = self._kind(number), self._path(number)
        if self._nodes["role"][number] == "parameter":
            yield self._nodes["name"][number]
        elif self._nodes["role"][number] == "gate":
            roles = (kind, "relu") if kind == "maximum" else (kind,)
            yield from (_joined(path, each) for each in roles)
            if kind == "scan" and path:
                yield path

    def _kind(self, number: int) -> str:
        return str(self._kinds[self._nodes["kind"][number]])

    def _path(self, number: int) -> str:
        return str(self._calls[self._nodes["call"][number]]["path"])


def _joined(path: str, kind: str) -> str:
    return path if path.endswith(kind) else f"{path}.{kind}" if path else kind
