"""A graph in Graphviz' language: values above every edge, gradients below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from chainrule.explore.record import Record
from chainrule.explore.render.dot_labels import (
    EDGE_COLOUR,
    FONT,
    LABEL_COLOUR,
    LEAF_COLOURS,
    box_label,
    counted_parameters,
    is_short,
    leaf_group,
    legend,
    number_table,
    output_label,
    quoted,
)
from chainrule.explore.structure.call_tree import title_of
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Array, Constant, Input, Scope, Tensor

_HEAD = f"""digraph {{
  graph [rankdir=LR, ordering=in, ranksep=0.2, nodesep=0.25, pad=0.15]
  graph [fontname="{FONT}", bgcolor=white]
  node [fontname="{FONT}", fontsize=14, color="{EDGE_COLOUR}", penwidth=1.2]
  edge [color="{EDGE_COLOUR}", penwidth=1.2, arrowsize=0.7]"""

_LEAF_WEIGHT, _GATE_WEIGHT = 1, 5  # edges between gates are drawn straight

Path = tuple[Scope, ...]


class _Item(NamedTuple):
    """A line of the source, and the opened calls whose frames contain it."""

    path: Path
    line: str


def dot(record: Record, units: Sequence[Unit]) -> str:
    """Return the source of the picture: inputs left, outputs right, opened calls in frames.

    Parameters are in the frame of their module, the numbers of an edge in that of the gate that it
    leads to. Of a folded module with more than six parameters the box says how many it has. A
    legend below explains the colours.
    """
    paths = {unit.result: unit.around for unit in units}
    leaves = _leaf_paths(record, units)
    paths |= leaves
    items = [_leaf(record, leaf, path) for leaf, path in leaves.items()]
    items += [_box(record, unit) for unit in units]
    edges: list[str] = []
    for unit in units:
        for number, (node, entering) in enumerate(_drawn_wires(unit)):
            wire = _Wire(node, _id(unit.result), number, record.sent(entering))
            items += _numbers_on(record, wire, paths[unit.result])
            edges += _edges(record, wire)
    for number, output in enumerate(record.outputs):
        wire = _Wire(output, f"output_{number}", 0, record.upstream.get(output))
        items += [_output(record, output, wire.target), *_numbers_on(record, wire, ())]
        edges += _edges(record, wire)
    lines = [*_framed(items, 0), *edges, _legend(record, leaves)]
    return "\n".join([_HEAD, *(f"  {line}" for line in lines), "}"]) + "\n"


def _common(first: Path, second: Path) -> Path:
    pairs = zip(first, second, strict=False)
    return tuple(a for a, _ in takewhile(lambda pair: pair[0].serial == pair[1].serial, pairs))


def _framed(items: Sequence[_Item], depth: int) -> Iterator[str]:
    """Give the lines, those of one opened call inside a frame that carries its title."""
    frames: dict[Scope | None, list[_Item]] = {}
    for item in items:
        scope = item.path[depth] if len(item.path) > depth else None
        frames.setdefault(scope, []).append(item)
    for scope, members in frames.items():
        if scope is None:
            yield from (member.line for member in members)
        else:
            title = quoted(title_of(members[0].path[: depth + 1]))
            yield f"subgraph cluster_{scope.serial} {{"
            yield f'  label="{title}"; labeljust=r; fontsize=12'
            yield f'  style="rounded,dashed"; color="{EDGE_COLOUR}"'
            yield f'  fontcolor="{LABEL_COLOUR}"; margin=10'
            yield from (f"  {line}" for line in _framed(members, depth + 1))
            yield "}"


def _leaf_paths(record: Record, units: Sequence[Unit]) -> dict[Tensor, Path]:
    """Return the leaves that are drawn, and the innermost frame around all their users."""
    found: dict[Tensor, Path] = {}
    for unit in units:
        for leaf, _ in _drawn_wires(unit):
            if leaf.primitive is None:
                path = () if isinstance(leaf, Input) else unit.around
                found[leaf] = _common(found[leaf], path) if leaf in found else path
    return {each: () for each in record.outputs if each.primitive is None} | found


def _drawn_wires(unit: Unit) -> list[tuple[Tensor, list[tuple[Tensor, int]]]]:
    """Return the wires of a unit, without those of its own parameters if these are many."""
    hidden = set(counted_parameters(unit))
    return [each for each in unit.wires if each[0] not in hidden]


def _leaf(record: Record, leaf: Tensor, path: Path) -> _Item:
    colour = LEAF_COLOURS[leaf_group(leaf)]
    looks = f'shape=box, style="rounded,filled", fillcolor="{colour}", width=0.4, height=0.35'
    return _Item(path, f'{_id(leaf)} [label="{quoted(record.names[leaf])}", {looks}]')


def _box(record: Record, unit: Unit) -> _Item:
    origin = quoted(f"{unit.result.origin}: {unit.result.origin.source}")
    looks = f'{_shape(unit)}, fillcolor="#ffffff", tooltip="{origin}"'
    label = box_label(unit, record.names[unit.result])
    return _Item(unit.around, f"{_id(unit.result)} [label=<{label}>, {looks}]")


def _shape(unit: Unit) -> str:
    if is_short(unit):
        return "shape=circle, style=filled, fixedsize=true, width=0.62"
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
    """Give the small node in the middle of an edge that carries its numbers."""
    if _has_numbers(record, wire):
        table = number_table(record.values[wire.node], wire.gradient)
        yield _Item(path, f"{wire.middle} [shape=plain, label=<{table}>]")


def _edges(record: Record, wire: _Wire) -> Iterator[str]:
    if not _has_numbers(record, wire):
        yield f"{_id(wire.node)} -> {wire.target}"
        return
    weight = _LEAF_WEIGHT if wire.node.primitive is None else _GATE_WEIGHT
    yield f"{_id(wire.node)} -> {wire.middle}:w [arrowhead=none, weight={weight}]"
    yield f"{wire.middle}:e -> {wire.target} [weight={weight}]"


def _has_numbers(record: Record, wire: _Wire) -> bool:
    is_number = isinstance(wire.node, Constant) and wire.node.size == 1
    return wire.node in record.values and not is_number


def _output(record: Record, output: Tensor, target: str) -> _Item:
    label = output_label(record.names[output])
    return _Item((), f"{target} [label=<{label}>, shape=plaintext, width=0, height=0]")


def _legend(record: Record, leaves: Mapping[Tensor, Path]) -> str:
    groups = dict.fromkeys(map(leaf_group, _without_numbers(leaves)))
    label = legend(
        groups, record.objective, values=bool(record.values), gradients=bool(record.upstream)
    )
    return f"label=<{label}>; labelloc=b; labeljust=l"


def _without_numbers(leaves: Iterable[Tensor]) -> Iterator[Tensor]:
    return (each for each in leaves if not (isinstance(each, Constant) and each.size == 1))


def _id(node: Tensor) -> str:
    return f"n{node.serial}"
