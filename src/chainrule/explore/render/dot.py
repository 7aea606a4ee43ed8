"""A graph as a picture, in Graphviz' language: values above every wire, gradients below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import takewhile
from typing import NamedTuple

from chainrule.explore.number_text import rows
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.explore.structure.gate_names import is_invented
from chainrule.graph import Array, Constant, Parameter, Scope, Tensor

_FONT = "DejaVu Sans,Verdana,sans-serif"
_VALUE, _GRADIENT, _WIRE, _QUIET = "#15803d", "#b91c1c", "#64748b", "#475569"
_INPUT, _PARAMETER, _CONSTANT, _GATE = "#dbeafe", "#fef3c7", "#f1f5f9", "#ffffff"
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
_HEAD = f"""digraph {{
  graph [rankdir=LR, ordering=in, ranksep=0.2, nodesep=0.25, pad=0.15]
  graph [fontname="{_FONT}", bgcolor=white]
  node [fontname="{_FONT}", fontsize=14, color="{_WIRE}", penwidth=1.2]
  edge [color="{_WIRE}", penwidth=1.2, arrowsize=0.7]"""

Path = tuple[Scope, ...]


class _Item(NamedTuple):
    """A line of the source that belongs into the frames of some opened calls."""

    path: Path
    line: str


def dot(record: Record, units: Sequence[Unit]) -> str:
    """Return the picture's source: inputs left, outputs right, opened calls in frames."""
    paths = {unit.result: unit.around for unit in units}
    items = [*_sources(record, units, paths), *(_box(record, unit) for unit in units)]
    edges: list[str] = []
    for unit in units:
        for number, (node, entering) in enumerate(unit.wires):
            wire = _Wire(node, _id(unit.result), number, record.sent(entering))
            path = _common(paths.get(node, ()), paths[unit.result])
            items += _numbers_on(record, wire, path)
            edges += _edges(record, wire)
    for number, output in enumerate(record.outputs):
        wire = _Wire(output, f"output_{number}", 0, record.upstream.get(output))
        items += [_output(record, output, wire.target), *_numbers_on(record, wire, ())]
        edges += _edges(record, wire)
    lines = [*_framed(items, 0), *edges]
    return "\n".join([_HEAD, *(f"  {line}" for line in lines), "}"]) + "\n"


def _common(first: Path, second: Path) -> Path:
    pairs = zip(first, second, strict=False)
    return tuple(a for a, _ in takewhile(lambda pair: pair[0].serial == pair[1].serial, pairs))


def _framed(items: Sequence[_Item], depth: int) -> Iterator[str]:
    """Give the lines, those of one opened call inside a frame that carries its label."""
    frames: dict[Scope | None, list[_Item]] = {}
    for item in items:
        scope = item.path[depth] if len(item.path) > depth else None
        frames.setdefault(scope, []).append(item)
    for scope, members in frames.items():
        if scope is None:
            yield from (member.line for member in members)
        else:
            yield f"subgraph cluster_{scope.serial} {{"
            yield f'  label="{_quoted(scope.label)}"; labeljust=l; fontsize=12'
            yield f'  style="rounded,dashed"; color="{_WIRE}"; fontcolor="{_QUIET}"; margin=10'
            yield from (f"  {line}" for line in _framed(members, depth + 1))
            yield "}"


def _sources(record: Record, units: Sequence[Unit], paths: dict[Tensor, Path]) -> Iterator[_Item]:
    users = {node: unit.result for unit in reversed(units) for node in unit.inputs}
    for leaf in dict.fromkeys([*users, *record.outputs]):
        if leaf.primitive is None:
            path = paths[users[leaf]] if isinstance(leaf, Constant) and leaf in users else ()
            style = f'shape=box, style="rounded,filled", fillcolor="{_leaf_colour(leaf)}"'
            size = "width=0.4, height=0.35"
            name = _quoted(record.names[leaf])
            yield _Item(path, f'{_id(leaf)} [label="{name}", {style}, {size}]')


def _leaf_colour(leaf: Tensor) -> str:
    if isinstance(leaf, Constant):
        return _CONSTANT
    return _PARAMETER if isinstance(leaf, Parameter) else _INPUT


def _box(record: Record, unit: Unit) -> _Item:
    symbol = unit.title if unit.scope else _SYMBOLS.get(unit.label, unit.label)
    name = record.names[unit.result]
    label = f'<font point-size="15">{escape(symbol)}</font>'
    if not is_invented(unit.result, name):
        label += f'<br/><font point-size="10" color="{_QUIET}">{escape(name)}</font>'
    style = _round() if unit.scope is None and len(symbol) <= 3 else _square(unit)
    origin = _quoted(f"{unit.result.origin}: {unit.result.origin.source}")
    looks = f'{style}, fillcolor="{_GATE}", tooltip="{origin}"'
    line = f"{_id(unit.result)} [label=<{label}>, {looks}]"
    return _Item(unit.around, line)


def _round() -> str:
    return "shape=circle, style=filled, fixedsize=true, width=0.62"


def _square(unit: Unit) -> str:
    border = "1.2" if unit.scope is None else "2"
    return f'shape=box, style="rounded,filled", margin="0.14,0.08", penwidth={border}'


class _Wire(NamedTuple):
    """An edge from a node to the box of a unit, and the gradient that comes back along it."""

    node: Tensor
    target: str
    number: int
    gradient: Array | None

    @property
    def middle(self) -> str:
        return f"{self.target}_{self.number}"


def _numbers_on(record: Record, wire: _Wire, path: Path) -> Iterator[_Item]:
    """Give the small node in the middle of a wire that carries its numbers."""
    if _has_numbers(record, wire):
        table = _table(record.values[wire.node], wire.gradient)
        yield _Item(path, f"{wire.middle} [shape=plain, label=<{table}>]")


def _edges(record: Record, wire: _Wire) -> Iterator[str]:
    if not _has_numbers(record, wire):
        yield f"{_id(wire.node)} -> {wire.target}"
        return
    yield f"{_id(wire.node)} -> {wire.middle}:w [arrowhead=none]"
    yield f"{wire.middle}:e -> {wire.target}"


def _has_numbers(record: Record, wire: _Wire) -> bool:
    return wire.node in record.values and not isinstance(wire.node, Constant)


def _output(record: Record, output: Tensor, target: str) -> _Item:
    name = escape(record.names[output])
    return _Item((), f"{target} [label=<<b>{name}</b>>, shape=plaintext, width=0, height=0]")


def _table(value: Array, gradient: Array | None) -> str:
    above = rows(value)
    below = [] if gradient is None else rows(gradient)
    height = max(len(above), len(below))
    top = ["&#160;"] * (height - len(above)) + [escape(each) for each in above]
    bottom = [escape(each) for each in below] + ["&#160;"] * (height - len(below))
    return (
        '<table border="0" cellborder="0" cellspacing="0" cellpadding="2">'
        f'<tr><td border="1" sides="B" color="{_WIRE}">{_coloured(top, _VALUE)}</td></tr>'
        f"<tr><td>{_coloured(bottom, _GRADIENT)}</td></tr></table>"
    )


def _coloured(lines: Iterable[str], colour: str) -> str:
    return f'<font color="{colour}" point-size="12">{"<br/>".join(lines)}</font>'


def _id(node: Tensor) -> str:
    return f"n{node.serial}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
