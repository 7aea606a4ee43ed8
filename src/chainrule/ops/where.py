"""Primitives that select between inputs: where, maximum, minimum."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Notation
from chainrule.graph.primitive import GateView
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.scalars import extremum, select

_ANY = (-2.0, 2.0)


def _routed(chosen: str) -> str:
    return f"routes: the whole upstream gradient goes to {chosen}, nothing to the other"


def _says_routes(won: Array, gate: GateView, ties: str) -> str:
    if won.size == 1:
        return _routed(f"{gate.names[0 if won.item() else 1]}") + ties
    count = int(won.sum())
    return (
        f"routes: {count} of {won.size} elements to {gate.names[0]}, "
        f"{won.size - count} to {gate.names[1]}" + ties
    )


where: Elementwise = elementwise(
    "where",
    np.where,
    lowering=select,
    accepts="any",
    promotes=(1, 2),
    vjp=(
        None,
        lambda g, y, condition, a, b: where(condition, g, 0),
        lambda g, y, condition, a, b: where(condition, 0, g),
    ),
    domains=(_ANY, _ANY, _ANY),
    dtypes=("bool", "float64", "float64"),
    notation=Notation("where({}, {}, {})"),
    says=lambda gate: (
        f"routes: {np.count_nonzero(np.broadcast_to(gate.arguments[0], gate.value.shape))} of "
        f"{gate.value.size} elements to {gate.names[1]}, the others to {gate.names[2]}"
    ),
    branch=lambda condition, a, b: condition,
)

maximum = elementwise(
    "maximum",
    np.maximum,
    lowering=extremum("ogt", "sgt"),
    accepts="number",
    vjp=(
        lambda g, y, a, b: where(a > b, g, 0),
        lambda g, y, a, b: where(a > b, 0, g),
    ),
    domains=((-2.0, -0.1), (0.1, 2.0)),
    notation=Notation("max({}, {})"),
    says=lambda gate: _says_routes(
        np.greater(*np.broadcast_arrays(*gate.arguments)), gate, " (a tie goes to the second)"
    ),
    branch=np.greater,
)

minimum = elementwise(
    "minimum",
    np.minimum,
    lowering=extremum("olt", "slt"),
    accepts="number",
    vjp=(
        lambda g, y, a, b: where(a < b, g, 0),
        lambda g, y, a, b: where(a < b, 0, g),
    ),
    domains=((-2.0, -0.1), (0.1, 2.0)),
    notation=Notation("min({}, {})"),
    says=lambda gate: _says_routes(
        np.less(*np.broadcast_arrays(*gate.arguments)), gate, " (a tie goes to the second)"
    ),
    branch=np.less,
)
