"""Values that are computed again where they are read, since keeping them costs more.

A kernel of the sweep back reads what a kernel of the forward pass has computed from fewer values,
element by element: of a GELU the density, the distribution and its argument, which all follow from
the input. It then reads these few values and computes the others again. That saves a write, a read
and the memory in between. The rule is that of Chen et al., Training deep nets with sublinear memory
cost (2016), for elementwise gates only, which are cheaper than the memory they need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chainrule.compile.fuse.fusion import readers_of, without_folded
from chainrule.compile.fuse.fusion_groups import FusionGroup, fusion_groups, sources
from chainrule.compile.fuse.gate_roles import is_elementwise
from chainrule.compile.trace import TracedGraph, with_sources
from chainrule.graph import Tensor

_SMALLEST = 1 << 20  # bytes of a value; smaller ones stay in the cache
_MOST = 24  # gates that a kernel computes again

Readers = Mapping[Tensor, Sequence[Tensor]]


def with_recomputed(traced: TracedGraph) -> TracedGraph:
    """Return a graph with the same results in which some gates are computed twice."""
    again = _Again(traced)
    if not again.gates:
        return traced
    made = again.made(traced)
    outputs = tuple(made[each] for each in traced.outputs)
    updates = tuple(with_sources(each, made.__getitem__) for each in traced.updates)
    return replace(traced, outputs=outputs, updates=updates)


@dataclass(frozen=True)
class _Cone:
    """Gates from which values follow, element by element.

    gates   the gates to compute again, the values included
    leaves  what they read from outside
    """

    gates: frozenset[Tensor]
    leaves: frozenset[Tensor]


class _Again:
    """What is computed again.

    gates  for every gate of a late kernel that reads such values, the gates computed again there
    """

    def __init__(self, traced: TracedGraph) -> None:
        self.gates: dict[Tensor, frozenset[Tensor]] = {}
        gates = [each for each in traced.order if each.primitive is not None]
        if not any(each.nbytes >= _SMALLEST and is_elementwise(each) for each in gates):
            return
        read = {each: sources(each) for each in gates}
        self._results = set(traced.results)
        gates = without_folded(read, self._results)
        self._readers = readers_of(gates, read)
        groups = list(fusion_groups(gates, read))
        self._of = {node: group for group in groups for node in group.nodes}
        for group in groups:
            found = list(self._cones(group)) if group.shape is not None else []
            if found:
                again = frozenset(each for cone in found for each in cone.gates)
                self.gates |= dict.fromkeys(group.nodes, again)

    def _cones(self, late: FusionGroup) -> Iterator[_Cone]:
        """Yield what a kernel should compute again, for every earlier kernel."""
        read = {each for node in late.nodes for each in node.inputs}
        by_group: dict[FusionGroup, list[Tensor]] = {}
        for each in sorted(read & self._of.keys(), key=lambda each: self._of[each].last):
            early = self._of[each]
            if early is not late and early.shape == late.shape and self._is_for(each, early, late):
                by_group.setdefault(early, []).append(each)
        for early, values in by_group.items():
            cone = self._cone(early, values)
            new = sum(each.nbytes for each in cone.leaves - read)
            if len(cone.gates) <= _MOST and new < sum(each.nbytes for each in values):
                yield cone

    def _is_for(self, value: Tensor, early: FusionGroup, late: FusionGroup) -> bool:
        """Return whether a value is kept for one late kernel only."""
        if value in self._results or value.nbytes < _SMALLEST or not self._is_full(value, early):
            return False
        return all(self._of[each] in (early, late) for each in self._readers[value])

    def _is_full(self, node: Tensor, group: FusionGroup) -> bool:
        """Return whether a gate of a group has one element per point."""
        return is_elementwise(node) and node.shape == group.shape

    def _cone(self, early: FusionGroup, values: Sequence[Tensor]) -> _Cone:
        """Return the gates of a kernel from which values follow."""
        gates: set[Tensor] = set()
        leaves: set[Tensor] = set()
        left, wanted = list(values), set(values)
        while left:
            node = left.pop()
            if node in gates:
                continue
            gates.add(node)
            for each in node.inputs:
                is_inside = self._of.get(each) is early and self._is_full(each, early)
                is_kept = each not in wanted and not self._stays_inside(each, early)
                if is_inside and not is_kept:
                    left.append(each)
                else:
                    leaves.add(each)
        return _Cone(frozenset(gates), frozenset(leaves))

    def _stays_inside(self, node: Tensor, early: FusionGroup) -> bool:
        """Return whether only the kernel of a gate reads it."""
        readers = self._readers.get(node, ())
        return node not in self._results and all(self._of[each] is early for each in readers)

    def made(self, traced: TracedGraph) -> dict[Tensor, Tensor]:
        """Return the replacement of every node."""
        made: dict[Tensor, Tensor] = {}
        copies: dict[tuple[frozenset[Tensor], Tensor], Tensor] = {}

        def copy(node: Tensor, gates: frozenset[Tensor]) -> Tensor:
            if node not in gates:
                return made[node]
            if (gates, node) not in copies:
                inputs = tuple(copy(each, gates) for each in node.inputs)
                copies[gates, node] = node.with_inputs(inputs, node.attributes)
            return copies[gates, node]

        for node in traced.order:
            gates = self.gates.get(node, frozenset())
            inputs = tuple(copy(each, gates) for each in node.inputs)
            is_same = all(new is old for new, old in zip(inputs, node.inputs, strict=True))
            made[node] = node if is_same else node.with_inputs(inputs, node.attributes)
        return made
