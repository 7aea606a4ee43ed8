"""Unrolling of scans: the gates of every step become separate nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainrule.graph import Body, Tensor, made_for, rebuild, remade, topological_order
from chainrule.ops import concat, stack


@dataclass(frozen=True)
class Unrolled:
    """A graph with unrolled scans; a checkpoint counts as a scan of one step without states.

    outputs  the outputs of the unrolled graph
    steps    maps every unrolled gate to its gate of the body and the number of its step
    states   maps every scan to its states before the first step and after every step
    """

    outputs: tuple[Tensor, ...]
    steps: Mapping[Tensor, tuple[Tensor, int]]
    states: Mapping[Tensor, Sequence[Sequence[Tensor]]]


def unrolled(outputs: Sequence[Tensor], most_gates: int = 20_000) -> Unrolled:
    """Return the graph with its scans unrolled.

    most_gates  the maximum number of gates over all steps; larger scans are not unrolled
    """
    made: dict[Tensor, Tensor] = {}
    steps: dict[Tensor, tuple[Tensor, int]] = {}
    states: dict[Tensor, Sequence[Sequence[Tensor]]] = {}
    for node in topological_order(outputs):
        if _is_scan(node, most_gates):
            operands = [made[each] for each in node.inputs]
            with made_for(node.origin):
                made[node], found = _unrolled_scan(node, operands, steps)
            if node.attributes["body"].states:
                states[node] = found
        else:
            made[node] = remade(node, made)
    return Unrolled(tuple(made[each] for each in outputs), steps, states)


def _is_scan(node: Tensor, most_gates: int) -> bool:
    body = node.attributes.get("body") if node.primitive is not None else None
    if not isinstance(body, Body):
        return False
    count = int(node.attributes["length"]) * len(body.gates)
    return 0 < count <= most_gates


def _unrolled_scan(
    scan: Tensor, operands: Sequence[Tensor], steps: dict[Tensor, tuple[Tensor, int]]
) -> tuple[Tensor, Sequence[Sequence[Tensor]]]:
    """Return the flat result of an unrolled scan, and its states at every step."""
    body, length = scan.attributes["body"], scan.attributes["length"]
    count, last = len(body.states), len(body.states) + len(body.inputs)
    state, scanned, captured = operands[:count], operands[count:last], operands[last:]
    states: list[Sequence[Tensor]] = [state]
    outputs: dict[int, Sequence[Tensor]] = {}
    for step in range(length):
        at = length - 1 - step if scan.attributes["reverse"] else step
        leaves = dict(
            zip(
                body.placeholders,
                [*states[-1], *_parts_at(at, scanned, body.inputs), *captured],
                strict=True,
            )
        )
        made = rebuild(body.results, leaves)
        steps.update({made[each]: (each, step) for each in body.gates})
        states.append([made[each] for each in body.new_states])
        outputs[at] = [made[each] for each in body.outputs]
    in_place = [outputs[at] for at in range(length)]
    kept = [
        each if i < body.kept_states else each[-1:]
        for i, each in enumerate(zip(*states, strict=True))
    ]
    fields = [*kept, *zip(*in_place, strict=True)]
    return concat([stack(list(each)).reshape(-1) for each in fields]), states


def _parts_at(at: int, scanned: Sequence[Tensor], placeholders: Sequence[Tensor]) -> list[Tensor]:
    """Return the slice of every scanned input at one step, named as its placeholder."""
    parts = [each[at] for each in scanned]
    for part, placeholder in zip(parts, placeholders, strict=True):
        part.name = placeholder.name
    return parts
