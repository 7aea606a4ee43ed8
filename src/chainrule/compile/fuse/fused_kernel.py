"""Fused kernels: gates that one pass over memory computes together.

A fused kernel is a loop nest over the points of `shape`. Its leading axes, up to `split`, index the
rows; the other axes index the elements of a row. `gate_roles.py` says which role a gate has.

The kernel passes over a row in phases: a gate that reads the sum of a row is in the phase after the
one that computes the sum. Full values that a later phase reads are kept in a buffer of one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chainrule.compile.fuse.gate_roles import (
    Role,
    is_gather,
    is_literal,
    is_pick,
    is_read,
    is_reduction,
    memory_of,
    role_of,
)
from chainrule.graph import Shape, Tensor, computed_once


@dataclass(frozen=True)
class RowUpdate:
    """The rows of tables that a fused kernel writes: row ids[i], where keep[i] is true."""

    ids: Tensor
    keep: Tensor


@dataclass(frozen=True)
class JoinedPart:
    """The place of a tensor in one that joins several.

    whole    the gate that joins them
    strides  elements per step along every axis
    start    the first element
    """

    whole: Tensor
    strides: Shape
    start: int


@dataclass(frozen=True, eq=False)
class FusedKernel:
    """Gates computed in one pass over memory; only `outputs` are written to memory.

    shape      the points of the loop nest
    split      the number of axes that index rows
    inputs     the tensors that the gates read from memory
    in_place   outputs that are written to the memory of an input, with that input, a parameter
    update     the rows that are written, if the outputs are rows of tables
    joined     outputs that are written to their place in a gate that joins them, with this place
    is_plain   whether every gate has one element per point, and reads elements at the same point
    """

    shape: Shape
    split: int
    nodes: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    in_place: dict[Tensor, Tensor] = field(default_factory=dict)
    update: RowUpdate | None = None
    joined: dict[Tensor, JoinedPart] = field(default_factory=dict)
    is_plain: bool = False

    @computed_once
    def roles(self) -> dict[Tensor, Role]:
        """The role of every gate."""
        if self.is_plain:
            return dict.fromkeys(self.nodes, "full")
        found = {node: role_of(node, self.shape, self.split) for node in self.nodes}
        return {node: role for node, role in found.items() if role is not None}

    @computed_once
    def written(self) -> frozenset[Tensor]:
        """The set of the outputs."""
        return frozenset(self.outputs)

    @computed_once
    def readers(self) -> dict[Tensor, list[Tensor]]:
        """The gates of the kernel that read each tensor."""
        found: dict[Tensor, list[Tensor]] = {}
        for node in self.nodes:
            for each in node.inputs:
                found.setdefault(each, []).append(node)
        return found

    @computed_once
    def phases(self) -> dict[Tensor, int]:
        """The phase in which each gate is computed.

        A row value can be read after its phase. Phase -1 needs no element of the row.
        """
        return dict.fromkeys(self.nodes, 0) if self.is_plain else _late(self, _early(self))

    @property
    def phase_count(self) -> int:
        """The number of passes over a row."""
        return 1 + max((self.phases[each] for each in self.nodes), default=-1)

    @computed_once
    def buffers(self) -> tuple[Tensor, ...]:
        """Full values that a later phase reads and that are no output."""
        if self.is_plain:
            return ()
        return tuple(
            node
            for node in self.nodes
            if self.roles[node] == "full"
            and node not in self.written
            and not is_gather(node)
            and self._is_read_later(node)
        )

    def _is_read_later(self, node: Tensor) -> bool:
        """Return whether a later phase, or a pick, reads the gate."""
        readers = self.readers.get(node, ())
        return any(is_pick(each) or self.phases[each] > self.phases[node] for each in readers)


# -- phases ----------------------------------------------------------------------------------------


def _early(fused: FusedKernel) -> dict[Tensor, int]:
    """Return the first phase in which each gate can be computed."""
    phases: dict[Tensor, int] = {}
    for node in fused.nodes:
        inside = [each for each in node.inputs if each in phases]
        if fused.roles[node] == "row" and not is_reduction(node):
            phases[node] = max((phases[each] for each in inside), default=-1)
        else:
            phases[node] = max((_known(fused, each, phases) for each in inside), default=0)
    return phases


def _known(fused: FusedKernel, source: Tensor, phases: dict[Tensor, int]) -> int:
    """Return the first phase that can read a value: for a row value, the phase after its own."""
    return phases[source] + (fused.roles[source] == "row")


def _late(fused: FusedKernel, early: dict[Tensor, int]) -> dict[Tensor, int]:
    """Return the phases, with full values moved to the first phase that reads them."""
    phases = dict(early)
    for node in reversed(fused.nodes):
        if fused.roles[node] == "full":
            readers = fused.readers.get(node, ())
            phases[node] = min((phases[each] for each in readers), default=phases[node])
    return phases


def entering(nodes: Sequence[Tensor], *, is_plain: bool) -> Iterable[Tensor]:
    """Return what the gates read from memory, each tensor once."""
    inside = set(nodes)
    if is_plain:
        met = dict.fromkeys([each for node in nodes for each in node.inputs if each not in inside])
        return [each for each in met if not is_literal(each)]
    return dict.fromkeys(
        memory_of(node, each)
        for node in nodes
        for each in node.inputs
        if each not in inside and is_read(node, each)
    )
