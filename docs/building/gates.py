"""Descriptions of elementwise gates for the reference: formula and effect on gradient."""

from __future__ import annotations

import numpy as np

import chainrule as cr

_OPERANDS = {1: ("x",), 2: ("x", "y"), 3: ("condition", "x", "y")}
_NUMBERS = {"condition": np.array(True), "x": -2.0, "y": 3.0}


def call(gate: cr.Primitive) -> str:
    """Return the signature of a gate, such as (x, y)."""
    return f"({', '.join(_operands(gate))})"


def summary(gate: cr.Primitive) -> str:
    """Return a description of a gate in one line."""
    return f"{_formula(gate)}; {gate.says}" if isinstance(gate.says, str) else _formula(gate)


def description(gate: cr.Primitive) -> list[str]:
    """Return a docstring for a gate, generated from its declaration."""
    return [f"{_formula(gate)}, element by element.", "", _to_gradient(gate)]


def _formula(gate: cr.Primitive) -> str:
    assert isinstance(gate.notation, cr.Notation)
    return f"`{gate.notation.template.format(*_operands(gate))}`"


def _operands(gate: cr.Primitive) -> tuple[str, ...]:
    return _OPERANDS[len(gate.examples[0].operands)]


def _to_gradient(gate: cr.Primitive) -> str:
    if isinstance(gate.says, str):
        return f"The gate {gate.says}."
    names = _operands(gate)
    graph = cr.Graph(gate(*(cr.input(name, value=_NUMBERS[name]) for name in names)))
    graph.backward()
    numbers = " and ".join(f"{name} = {_NUMBERS[name]}" for name in names)
    return f"For example, at {numbers} the gate {graph.gates[-1].says}."
