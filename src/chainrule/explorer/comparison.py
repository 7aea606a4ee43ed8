"""Two documents of the same model, paired by module path: what differs most."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explore.number_text import number
from chainrule.explorer.errors import ExplorerError
from chainrule.explorer.stored_documents import Document

Array = np.ndarray[Any, Any]
_MOST_PAIRS = 500
_WHAT = {"value": "value", "upstream": "upstream gradient"}


def with_comparison(document: Document, other: Document, first: str, second: str) -> Document:
    """Return a document with its comparison with another one.

    first, second  what the two are called, such as the names of runs

    Nodes are paired by the path of their module, their kind and name, and their place among equal
    ones. The difference of two arrays is relative to the larger of their norms. Raises
    ExplorerError if no nodes pair.
    """
    partners = _partners(document, other)
    if not any(each is not None for each in partners):
        raise ExplorerError(
            f"{first} and {second} were to be compared, but no gate of one has the module path and "
            "the kind of a gate of the other. Compare two runs of the same model."
        )
    pairs = [
        pair
        for node, partner in enumerate(partners)
        if partner is not None and (pair := _pair(document, other, node, partner)) is not None
    ]
    pairs.sort(key=lambda each: -each["difference"])
    comparison = {
        "first": first,
        "second": second,
        "pairs": pairs[:_MOST_PAIRS],
        "numbers": _numbers_of_partners(document, other, partners),
    }
    notes = [*document["leftOut"], *_other_data(document, other, partners)]
    return {**document, "comparison": comparison, "leftOut": notes}


def _other_data(document: Document, other: Document, partners: Sequence[int | None]) -> list[str]:
    """Return a sentence if the two graphs are of different data."""
    nodes = document["nodes"]
    pairs = enumerate(partners)
    inputs = [(i, j) for i, j in pairs if j is not None and nodes["role"][i] == "input"]
    found = ((nodes["name"][i], _difference(document, other, "value", i, j)) for i, j in inputs)
    differing = [name for name, each in found if each is not None and each.relative]
    if not differing:
        return []
    return [
        f"The two graphs are of different data ({', '.join(differing[:4])}), which explains a part "
        "of the differences. Compare the same step of runs with the same seed."
    ]


def _partners(document: Document, other: Document) -> list[int | None]:
    """Return the node of the other document per node of the first; None without one."""
    theirs = {key: node for node, key in enumerate(_keys(other))}
    return [theirs.get(key) for key in _keys(document)]


def _keys(document: Document) -> list[tuple[Any, ...]]:
    nodes, seen = document["nodes"], Counter[tuple[Any, ...]]()
    keys = []
    for i, role in enumerate(nodes["role"]):
        path = document["calls"][nodes["call"][i]]["path"]
        kind = document["kinds"][nodes["kind"][i]]
        own = nodes["name"][i] if role in ("parameter", "input") else ""
        key = (path if role == "gate" else "", kind, own)
        seen[key] += 1
        keys.append((*key, seen[key]))
    return keys


@dataclass(frozen=True)
class _Difference:
    """How much one array of a node differs: relatively, and the two norms."""

    what: str
    relative: float
    first: float
    second: float

    @property
    def says(self) -> str:
        return (
            f"The {_WHAT[self.what]} differs by {self.relative:.1%} of its norm: "
            f"{number(self.first)} and {number(self.second)}."
        )


def _pair(document: Document, other: Document, node: int, partner: int) -> dict[str, Any] | None:
    found = [
        each
        for what in _WHAT
        if (each := _difference(document, other, what, node, partner)) is not None
    ]
    if not found:
        return None
    worst = max(found, key=lambda each: each.relative)
    return {
        "node": node,
        "name": document["nodes"]["name"][node],
        "difference": worst.relative,
        "first": worst.first,
        "second": worst.second,
        "why": " ".join(each.says for each in found),
    }


def _difference(
    document: Document, other: Document, what: str, node: int, partner: int
) -> _Difference | None:
    ours = _tensor(document["numbers"], document["numbers"][what][node])
    theirs = _tensor(other["numbers"], other["numbers"][what][partner])
    if ours is None or theirs is None or ours["shape"] != theirs["shape"]:
        return None
    if np.dtype(ours["dtype"]).kind != "f":
        return None
    norms = _norm(ours), _norm(theirs)
    if not all(np.isfinite(each) for each in norms):
        return None
    return _Difference(what, _relative(_elements(ours), _elements(theirs)), *norms)


def _relative(ours: Array, theirs: Array) -> float:
    """Return the norm of the difference relative to the larger norm; of finite elements."""
    if ours.shape != theirs.shape:
        return 0.0
    finite = np.isfinite(ours) & np.isfinite(theirs)
    first, second = ours[finite], theirs[finite]
    largest = max(np.linalg.norm(first), np.linalg.norm(second))
    return float(np.linalg.norm(first - second) / largest) if largest else 0.0


def _tensor(numbers: Mapping[str, Any], index: int) -> Mapping[str, Any] | None:
    return numbers["tensors"][index] if index >= 0 else None


def _elements(tensor: Mapping[str, Any]) -> Array:
    dtype = np.dtype(tensor["dtype"]).newbyteorder("<")
    return np.frombuffer(b64decode(tensor["data"]), dtype).astype(np.float64)


def _norm(tensor: Mapping[str, Any]) -> float:
    if "statistics" in tensor:
        return float(tensor["statistics"]["norm"])
    return float(np.linalg.norm(_elements(tensor)))


def _numbers_of_partners(
    document: Document, other: Document, partners: Sequence[int | None]
) -> dict[str, Any]:
    """Return the numbers of the other document, a row per node of the first."""
    theirs, inputs = other["numbers"], document["nodes"]["inputs"]

    def rows(name: str, missing: Any) -> list[Any]:
        return [
            missing(node) if partner is None else theirs[name][partner]
            for node, partner in enumerate(partners)
        ]

    return {
        "tensors": theirs["tensors"],
        "value": rows("value", lambda node: -1),
        "upstream": rows("upstream", lambda node: -1),
        "downstream": rows("downstream", lambda node: [-1] * len(inputs[node])),
        "local": rows("local", lambda node: []),
    }
