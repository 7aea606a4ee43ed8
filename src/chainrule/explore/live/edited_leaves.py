"""Edits of inputs and parameters, checked and applied to copies of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.explore.live.edit_requests import Edit
from chainrule.explore.page.editing import is_editable
from chainrule.explore.record import Record
from chainrule.graph import Array, Detached, Parameter, Tensor
from chainrule.http.refusal import RefusedRequest


def edited_values(record: Record, edits: Sequence[Edit]) -> Mapping[Tensor, Array]:
    """Return the new values of the edited leaves; those of the record are not changed.

    Raises RefusedRequest (422) for a node or position that there is not, for a node that cannot
    be edited, and for a number beyond its dtype.
    """
    found: dict[Tensor, Array] = {}
    for each in edits:
        node = _leaf(record, each.node)
        _require_position(record, node, each.position)
        _require_range(record, node, each.value)
        if node not in found:
            found[node] = np.array(record.values[node])
        found[node].reshape(-1)[each.position] = each.value
    for array in found.values():
        array.flags.writeable = False
    return found


def node_of(record: Record, number: int) -> Tensor:
    """Return a node by its number; raises RefusedRequest (422) if there is none."""
    if not 0 <= number < len(record.order):
        raise _refused(
            "wrong_node",
            f"Node {number} was asked for, and the graph has {len(record.order)} nodes. Give a "
            f"number from 0 to {len(record.order) - 1}.",
        )
    return record.order[number]


def _leaf(record: Record, number: int) -> Tensor:
    node = node_of(record, number)
    name = record.names[node]
    if not is_editable(node):
        raise _refused(
            "not_editable",
            f"{name!r} was to be edited, and it is a {node.kind} of {node.dtype}. Edit a floating-"
            "point input or parameter.",
        )
    if isinstance(node, Parameter) and (kept := _computed_once(record)) is not None:
        raise _refused(
            "not_editable",
            f"The parameter {name!r} was to be edited, but the graph holds {record.names[kept]!r}, "
            "a value that was computed from parameters and keeps no history, so that old and new "
            "values would be mixed. Edit an input, or change the parameter and build the graph "
            "again.",
        )
    return node


def _computed_once(record: Record) -> Tensor | None:
    return next((each for each in record.order if isinstance(each, Detached)), None)


def _require_position(record: Record, node: Tensor, position: int) -> None:
    if not 0 <= position < node.size:
        elements = f"{node.size} element{'s' * (node.size != 1)}"
        raise _refused(
            "wrong_position",
            f"Element {position} of {record.names[node]!r} was to be edited, and it has "
            f"{elements}. Give a position from 0 to {node.size - 1}."
            if node.size
            else f"{record.names[node]!r} was to be edited, and it has no elements.",
        )


def _require_range(record: Record, node: Tensor, value: float) -> None:
    largest = float(np.finfo(node.dtype).max)
    if abs(value) > largest:
        raise _refused(
            "too_large",
            f"{record.names[node]!r} was to get the number {value:.4g}, and the largest of "
            f"{node.dtype} is {largest:.4g}. Give a smaller number.",
        )


def _refused(code: str, sentence: str) -> RefusedRequest:
    return RefusedRequest(422, code, sentence)
