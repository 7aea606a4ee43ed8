"""Checks of documents that were read from files: columns, indexes and tensors that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_COLUMNS = ("name", "role", "kind", "inputs", "shape", "dtype", "call", "line", "attributes")
_COSTS = ("flop", "bytes", "backwardFlop", "backwardBytes")  # empty where they were not counted
_NUMBERS = ("value", "upstream", "downstream", "local")
_LISTS = ("calls", "lines", "kinds", "dtypes", "outputs", "leftOut")
_OBJECTS = ("nodes", "numbers", "details", "callDetails", "editing")


def fault(document: Mapping[str, Any]) -> str | None:
    """Return a phrase that says why a document cannot be shown; None if it can."""
    return next(_faults(document), None)


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong; later checks need what earlier ones have found."""
    missing = [each for each in _OBJECTS if not isinstance(document.get(each), dict)]
    missing += [each for each in _LISTS if not isinstance(document.get(each), list)]
    missing += [each for each in ("title", "objective") if not isinstance(document.get(each), str)]
    if missing:
        yield f"{missing[0]!r} is missing or of a wrong kind"
        return
    yield from _columns(document["nodes"], _COLUMNS, "nodes")
    yield from _columns(document["nodes"], _COSTS, "costs")
    yield from _columns(document["numbers"], _NUMBERS, "numbers")
    count = len(document["nodes"]["name"])
    if len(document["numbers"]["value"]) != count:
        yield "its numbers are of another graph"
    yield from _tensors(document["numbers"])
    yield from _indexes(document, count)
    yield from _editing(document["editing"])


def _columns(table: Mapping[str, Any], names: Sequence[str], what: str) -> Iterator[str]:
    lengths = {name: len(table[name]) for name in names if isinstance(table.get(name), list)}
    if len(lengths) < len(names):
        missing = next(name for name in names if name not in lengths)
        yield f"its {what} have no {missing!r}"
    elif len(set(lengths.values())) != 1:
        yield f"the columns of its {what} have different lengths"


def _indexes(document: Mapping[str, Any], count: int) -> Iterator[str]:
    nodes, numbers = document["nodes"], document["numbers"]
    tensors = len(numbers["tensors"])
    limits: list[tuple[str, Sequence[Any], int, int]] = [
        ("kind", nodes["kind"], 0, len(document["kinds"])),
        ("dtype", nodes["dtype"], 0, len(document["dtypes"])),
        ("call", nodes["call"], 0, len(document["calls"])),
        ("line", nodes["line"], -1, len(document["lines"])),
        ("outputs", document["outputs"], 0, count),
        ("value", numbers["value"], -1, tensors),
        ("upstream", numbers["upstream"], -1, tensors),
    ]
    for name, found, least, end in limits:
        if not _all_within(found, least, end):
            yield f"{name!r} has an index that leads nowhere"
    if not all(
        isinstance(each, list) and _all_within(each, 0, number)
        for number, each in enumerate(nodes["inputs"])
    ):
        yield "'inputs' has a node that does not come before its user"
    for name in ("downstream", "local"):
        if not all(isinstance(e, list) and _all_within(e, -1, tensors) for e in numbers[name]):
            yield f"{name!r} has an index that leads nowhere"


def _all_within(found: Sequence[Any], least: int, end: int) -> bool:
    return all(type(each) is int and least <= each < end for each in found)


def _editing(editing: Mapping[str, Any]) -> Iterator[str]:
    kinds = {"nodes": list, "page": bool, "server": bool, "why": str}
    for name, kind in kinds.items():
        if not isinstance(editing.get(name), kind):
            yield f"'editing' has no {name!r}"


def _tensors(numbers: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(numbers.get("tensors"), list):
        yield "its numbers have no 'tensors'"
        return
    for each in numbers["tensors"]:
        fits = (
            isinstance(each, dict)
            and isinstance(each.get("data"), str)
            and isinstance(each.get("dtype"), str)
            and isinstance(each.get("shape"), list)
            and (each.get("kept") is None or isinstance(each["kept"], list))
        )
        if not fits:
            yield "a tensor lacks its shape, dtype or elements"
            return
