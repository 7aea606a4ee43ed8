"""The nodes of a graph as columns: one entry per node in every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.explore.page.call_rows import CallRows
from chainrule.explore.record import Record
from chainrule.graph import Body, Constant, Origin, Parameter, Tensor

Columns = dict[str, list[Any]]


class Numbering:
    """Numbers of distinct things, in the order in which they are met."""

    def __init__(self) -> None:
        self.found: dict[Any, int] = {}

    def __getitem__(self, key: Any) -> int:
        return self.found.setdefault(key, len(self.found))


def node_columns(record: Record, calls: CallRows) -> tuple[Columns, dict[str, list[Any]]]:
    """Return the columns of all nodes, without costs, and the lists that they are indexes into."""
    numbers = {node: number for number, node in enumerate(record.order)}
    kinds, dtypes, places = Numbering(), Numbering(), Numbering()
    columns: Columns = {
        "name": [record.names[each] for each in record.order],
        "role": [role_of(each) for each in record.order],
        "kind": [kinds[each.kind] for each in record.order],
        "inputs": [[numbers[x] for x in each.inputs] for each in record.order],
        "shape": [list(each.shape) for each in record.order],
        "dtype": [dtypes[each.dtype] for each in record.order],
        "call": [calls.of[each] for each in record.order],
        "line": [_line(places, each.origin) for each in record.order],
        "attributes": [plain_attributes(each) for each in record.order],
    }
    lines = [_source_line(Origin(file, line, ())) for file, line in places.found]
    lists = {
        "kinds": list(kinds.found),
        "dtypes": [each.name for each in dtypes.found],
        "lines": lines,
    }
    return columns, lists


def role_of(node: Tensor) -> str:
    """Return what a node is: a gate, an input, a parameter or a constant."""
    if node.primitive is not None:
        return "gate"
    if isinstance(node, Parameter):
        return "parameter"
    return "constant" if isinstance(node, Constant) else "input"


def plain_attributes(node: Tensor) -> dict[str, Any] | None:
    """Return the static arguments of a gate as JSON can hold them; functions are left out."""
    if not node.attributes:
        return None
    found = {name: _plain(value) for name, value in node.attributes.items()}
    return {name: value for name, value in found.items() if value is not _LEFT_OUT}


_LEFT_OUT = object()


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float() | np.floating():
            number = float(value)
            return number if np.isfinite(number) else str(number)
        case np.integer() | np.bool_():
            return value.item()
        case np.dtype():
            return value.name
        case Body():
            return repr(value)
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case Sequence():
            return [each for each in map(_plain, value) if each is not _LEFT_OUT]
        case _:
            return _LEFT_OUT


def _line(places: Numbering, origin: Origin) -> int:
    return places[origin.file, origin.line] if origin.source else -1


def _source_line(origin: Origin) -> dict[str, Any]:
    place = str(origin)
    file = place.removesuffix(f":{origin.line}").removesuffix(f", line {origin.line}")
    return {"file": file, "line": origin.line, "source": origin.source}
