"""Receipts: the cost of every unit of a graph, forward and backward, as the compiler counts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from chainrule.compile.fuse.fusion import Control, Scan, fuse
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.step_costs import ComputeCost, GateCost, gate_costs
from chainrule.compile.trace import TracedGraph
from chainrule.explore.record import Record
from chainrule.explore.seeded_sweep import seeded_sweep
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Input, Origin, Parameter, Tensor, is_float, topological_order

_FORWARD, _BACKWARD = "forward", "backward"
_NOTHING = ComputeCost()


@dataclass(frozen=True)
class Receipt:
    """The cost of the forward pass and of the backward pass."""

    forward: ComputeCost = _NOTHING
    backward: ComputeCost = _NOTHING

    def __add__(self, other: Receipt) -> Receipt:
        return Receipt(self.forward + other.forward, self.backward + other.backward)

    def to_dict(self) -> dict[str, dict[str, int]]:
        """Return {"forward": {"flops", "bytes"}, "backward": {"flops", "bytes"}}."""
        return asdict(self)


@dataclass(frozen=True)
class Ratio:
    """The cost of the backward pass over that of the forward pass; None where that is 0."""

    flops: float | None
    bytes: float | None


def ratio(receipt: Receipt) -> Ratio:
    """Return backward / forward, for arithmetic and for bytes."""
    forward, backward = receipt.forward, receipt.backward
    return Ratio(_over(backward.flops, forward.flops), _over(backward.bytes, forward.bytes))


def _over(backward: int, forward: int) -> float | None:
    return backward / forward if forward else None


def receipts(record: Record, units: Sequence[Unit]) -> list[Receipt]:
    """Return the receipt of every unit, and last the cost of the sums at the leaves.

    The counted step is the one that `cr.compile` makes of the graph and of the gradients of all its
    inputs and parameters; nothing is computed. A product of matrices counts 2mnk FLOP, an
    elementwise gate or sum one per element. Neighbouring gates are fused into one step; bytes that
    several of them read count for the first.
    """
    found = [Receipt()] * (len(units) + 1)
    for share in _shares(_marked_step(record, units)):
        mark = share.gate.origin
        number = mark.line if mark.file in (_FORWARD, _BACKWARD) else len(units)
        way = Receipt(forward=share.cost) if mark.file == _FORWARD else Receipt(backward=share.cost)
        found[number] += way
    return found


def _shares(step: TracedGraph) -> Iterator[GateCost]:
    """Give the cost of every gate; a scan, branch or loop is counted as a whole."""
    for each in fuse(rewrite(step)[0]):
        if isinstance(each, Scan | Control):
            inner = gate_costs(each)
            flops, moved = sum(share.flops for share in inner), sum(share.bytes for share in inner)
            yield GateCost(each.node, flops, moved)
        else:
            yield from gate_costs(each)


def _marked_step(record: Record, units: Sequence[Unit]) -> TracedGraph:
    """Return the graph and its gradients, every gate marked with the number of its unit."""
    made = _marked(record, units)
    outputs = [made[each] for each in record.outputs]
    wrt = [x for x in record.leaves if isinstance(x, Input | Parameter) and is_float(x.dtype)]
    found = seeded_sweep(outputs, wrt)
    gradients = [found.sweep.upstream[each] for each in wrt if each in found.sweep.upstream]
    forward = set(made.values())
    for node in topological_order([*outputs, *gradients]):
        if node.primitive is not None and node not in forward and node.origin.file == _FORWARD:
            node.origin = Origin(_BACKWARD, node.origin.line, ())
    inputs = [each for each in record.leaves if isinstance(each, Input)]
    seeds = cast(list[Input], list(found.seeds.values()))
    return TracedGraph((*inputs, *seeds), (*outputs, *gradients))


def _marked(record: Record, units: Sequence[Unit]) -> dict[Tensor, Tensor]:
    numbers = {node: number for number, unit in enumerate(units) for node in unit.nodes}
    made: dict[Tensor, Tensor] = {}
    for node in record.order:
        made[node] = node
        if node.primitive is not None:
            new = node.with_inputs(tuple(made[each] for each in node.inputs), node.attributes)
            new.origin = Origin(_FORWARD, numbers[node], ())
            made[node] = new
    return made
