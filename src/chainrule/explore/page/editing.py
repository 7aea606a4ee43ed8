"""What can be edited in the page, by the page itself or by a server."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from chainrule.explore.record import Record
from chainrule.graph import Detached, Input, Parameter, Tensor, is_float
from chainrule.ops import OWN_BACKWARD

_MOST_GATES = 200
_LIVE = "Open the graph live, with graph.explore() in Python, to edit it."


def editing_of(record: Record, server: bool, most: int) -> dict[str, Any]:
    """Return which nodes can be edited, and who computes the numbers after an edit.

    most  the largest size of the tensors that the document has whole; 0 if some are left out
    """
    nodes = [number for number, node in enumerate(record.order) if is_editable(node)]
    why = "" if server else _why_not_in_page(record, most)
    if not nodes:
        why = "The graph has no floating-point input or parameter."
    elif any(isinstance(each, Detached) for each in record.order):
        why = (
            "The graph holds a value without history, such as a mask computed from parameters, "
            "which an edit would make stale."
        )
    return {"nodes": nodes, "page": not why and not server, "server": server, "why": why}


def is_editable(node: Tensor) -> bool:
    """Return whether elements of a node may be edited: a floating-point input or parameter."""
    return isinstance(node, Input | Parameter) and is_float(node.dtype)


def _why_not_in_page(record: Record, most: int) -> str:
    """Return why the page itself cannot compute the graph; an empty string if it can."""
    gates = record.gates
    if len(gates) > _MOST_GATES:
        return (
            f"The graph has {len(gates):,} gates; the page alone computes at most {_MOST_GATES}. "
            f"{_LIVE}"
        )
    unknown = sorted({each.kind for each in gates if not _is_known(each)})
    if unknown:
        return f"The page alone does not compute {', '.join(unknown)}. {_LIVE}"
    if any(each.size > most for each in record.leaves):
        return f"The file has only samples of the large tensors of this graph. {_LIVE}"
    return ""


def _is_known(gate: Tensor) -> bool:
    """Say whether the page has the formulas of a gate, forward and backward."""
    known = _kinds()
    assert gate.primitive is not None
    if gate.primitive is OWN_BACKWARD:
        ours = str(gate.attributes["backward"].__module__).startswith("chainrule.ops")
        return ours and gate.attributes["name"] in known["gates"]
    return gate.primitive.name in known["primitives"]


@cache
def _kinds() -> dict[str, list[str]]:
    """Return the primitives and gates that the page computes, listed once for page and Python."""
    text = files("chainrule.explore.page").joinpath("kinds.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)
    return found
