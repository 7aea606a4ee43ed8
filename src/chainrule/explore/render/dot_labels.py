"""The labels of a picture in Graphviz' language: boxes, numbers on edges, the legend."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from chainrule.explore.number_text import rows
from chainrule.explore.structure.fold import Unit
from chainrule.explore.structure.gate_names import is_invented
from chainrule.graph import Array, Constant, Parameter, Tensor

FONT = "DejaVu Sans,Verdana,sans-serif"
EDGE_COLOUR, LABEL_COLOUR = "#64748b", "#475569"
LEAF_COLOURS = {"input": "#dbeafe", "parameter": "#fef3c7", "constant": "#f1f5f9"}
_VALUE, _GRADIENT = "#15803d", "#b91c1c"
_SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "negative": "× −1",
    "reciprocal": "1/x",
    "sum": "Σ",
    "maximum": "max",
    "minimum": "min",
}
_WIDTH_OF_A_CIRCLE = 3
_MOST_DRAWN = 6


def leaf_group(leaf: Tensor) -> str:
    """Return the kind of a leaf in the legend; an array given as a constant is an input."""
    if isinstance(leaf, Constant):
        return "constant" if leaf.size == 1 else "input"
    return "parameter" if isinstance(leaf, Parameter) else "input"


def is_short(unit: Unit) -> bool:
    """Say whether a unit is a single gate with a symbol that fits into a circle."""
    return unit.scope is None and len(_symbol(unit)) <= _WIDTH_OF_A_CIRCLE


def box_label(unit: Unit, name: str) -> str:
    """Return the kind of a unit, its path in the module tree, and its name if the user gave one."""
    lines = [f'<font point-size="15">{escape(_symbol(unit))}</font>']
    if unit.scope is not None and unit.path not in ("", _symbol(unit)):
        lines.append(_small(escape(unit.path)))
    if parameters := counted_parameters(unit):
        lines.append(_small(f"{len(parameters)} parameters"))
    if not is_invented(unit.result, name):
        lines.append(_small(f"<b>{escape(name)}</b>"))
    rows_of_text = "".join(f"<tr><td>{each}</td></tr>" for each in lines)
    return f'<table border="0" cellspacing="0" cellpadding="1">{rows_of_text}</table>'


def counted_parameters(unit: Unit) -> list[Tensor]:
    """Return the parameters of a folded module that are counted in its box, not drawn."""
    operands = set(unit.operands)
    own = [each for each in unit.inputs if each not in operands]
    return own if unit.scope is not None and len(own) > _MOST_DRAWN else []


def _symbol(unit: Unit) -> str:
    if unit.scope is None:
        return _SYMBOLS.get(unit.label, unit.label)
    name = unit.scope.kind or unit.scope.label
    return f"{name} backward" if unit.later else name


def _small(text: str) -> str:
    return f'<font point-size="11" color="{LABEL_COLOUR}">{text}</font>'


def output_label(name: str) -> str:
    """Return the name of an output."""
    return f"<b>{escape(name)}</b>"


def number_table(value: Array, gradient: Array | None) -> str:
    """Return a value above a line and its gradient below."""
    above = rows(value)
    below = [] if gradient is None else rows(gradient)
    height = max(len(above), len(below))
    top = ["&#160;"] * (height - len(above)) + [escape(each) for each in above]
    bottom = [escape(each) for each in below] + ["&#160;"] * (height - len(below))
    return _over_line(_coloured(top, _VALUE), _coloured(bottom, _GRADIENT))


def _over_line(above: str, below: str) -> str:
    return (
        '<table border="0" cellborder="0" cellspacing="0" cellpadding="2">'
        f'<tr><td border="1" sides="B" color="{EDGE_COLOUR}">{above}</td></tr>'
        f"<tr><td>{below}</td></tr></table>"
    )


def _coloured(lines: Iterable[str], colour: str) -> str:
    return f'<font color="{colour}" point-size="12">{"<br/>".join(lines)}</font>'


def legend(groups: Iterable[str], objective: str, values: bool, gradients: bool) -> str:
    """Return the legend: the numbers above and below edges, and the colours of leaves."""
    cells = []
    if values:
        below = f"gradient of {escape(objective)}" if gradients else "&#160;"
        cells.append(_over_line(_coloured(["value"], _VALUE), _coloured([below], _GRADIENT)))
    cells += map(_leaf_box, groups)
    row = "".join(f"<td>{each}</td>" for each in cells or ["&#160;"])
    return f'<table border="0" cellborder="0" cellspacing="4"><tr>{row}</tr></table>'


def _leaf_box(group: str) -> str:
    """Return a small box in the colour of a kind of leaves; its size keeps it from growing."""
    looks = f'border="1" style="rounded" color="{EDGE_COLOUR}" bgcolor="{LEAF_COLOURS[group]}"'
    size = f'fixedsize="true" width="{9 * len(group) + 14}" height="24"'
    cell = f'<td {looks}><font point-size="12">{group}</font></td>'
    return f'<table border="0" cellborder="0" cellspacing="0" {size}><tr>{cell}</tr></table>'


def quoted(text: str) -> str:
    """Return a text escaped for a quoted string in Graphviz' language."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
