"""Fuse: gates that one loop can compute together become one step of the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.compile.moves import Move, move_of
from chainrule.compile.products import Product, is_product, is_transpose, product_of
from chainrule.compile.rows import RowKernel, row_kernel
from chainrule.compile.scalars import can_emit
from chainrule.compile.trace import Traced
from chainrule.graph import Constant, Shape, Tensor, topological_order


@dataclass(frozen=True, eq=False)
class Loop:
    """Elementwise gates over one shape, computed in one pass; only `outputs` reach memory."""

    nodes: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def shape(self) -> Shape:
        """The extents of the loop."""
        return self.nodes[-1].shape


@dataclass(frozen=True, eq=False)
class Total:
    """A sum over some axes of one tensor."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class Alias:
    """The same memory under another shape."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class Reference:
    """A gate that has no native code yet, computed by the reference evaluator."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class Rows:
    """A gate with a kernel of its own: gathering, scattering, the largest of a row, random bits."""

    node: Tensor
    kernel: RowKernel


Step = Loop | Total | Product | Rows | Move | Alias | Reference


def fuse(traced: Traced) -> list[Step]:
    """Return the steps that compute all results of `traced`, in an order that can be run."""
    order = [node for node in topological_order(traced.results) if node.primitive is not None]
    order = _without_folded(order, traced)
    groups = _grouped(order)
    used_by = _users(order)
    results = set(traced.results)
    steps: list[Step] = []
    for group in groups:
        if len(group) > 1 or _is_elementwise(group[0]):
            steps.append(_loop(group, used_by, results))
        else:
            steps.append(_single(group[0]))
    return steps


def _is_elementwise(node: Tensor) -> bool:
    return can_emit(node) and node.size > 0


def _name(node: Tensor) -> str:
    return node.primitive.name if node.primitive is not None else ""


def _without_folded(order: Sequence[Tensor], traced: Traced) -> list[Tensor]:
    """Leave out the transposes that only matrix products use: BLAS reads them in place."""
    users = _users(order)
    results = set(traced.results)
    return [
        node
        for node in order
        if not (
            is_transpose(node)
            and node not in results
            and users.get(node)
            and all(is_product(user) for user in users[node])
        )
    ]


def _users(order: Sequence[Tensor]) -> dict[Tensor, list[Tensor]]:
    users: dict[Tensor, list[Tensor]] = {}
    for node in order:
        for each in node.inputs:
            users.setdefault(each, []).append(node)
    return users


def _grouped(order: Sequence[Tensor]) -> list[list[Tensor]]:
    """Return the gates in groups: one loop each, or a single gate."""
    groups = _Groups()
    for node in order:
        groups.place(node)
    return groups.scheduled(order)


class _Groups:
    """Groups of gates, and which groups each one needs, directly or through others."""

    def __init__(self) -> None:
        self.of: dict[Tensor, int] = {}
        self.shape: dict[int, Shape | None] = {}
        self.needs: dict[int, set[int]] = {}

    def place(self, node: Tensor) -> None:
        """Put `node` into a group with the loops that feed it, as far as that makes no cycle."""
        direct = {self.of[each] for each in _sources(node) if each in self.of}
        mine = len(self.of)
        self.shape[mine] = node.shape if _is_elementwise(node) else None
        self.needs[mine] = set().union(direct, *(self.needs[each] for each in direct))
        self.of[node] = mine
        for other in sorted(direct, reverse=True):
            if self.shape[mine] is not None and self.shape[other] == self.shape[mine]:
                self._merge(mine, other)

    def _merge(self, mine: int, other: int) -> None:
        """Make `mine` and `other` one, unless something between them needs to run in between."""
        between = self.needs[mine] - {other}
        if any(other in self.needs[each] for each in between):
            return
        self.needs[mine] = between | self.needs.pop(other)
        for node, group in self.of.items():
            if group == other:
                self.of[node] = mine
        for needs in self.needs.values():
            if other in needs:
                needs.discard(other)
                needs |= {mine} | self.needs[mine]

    def scheduled(self, order: Sequence[Tensor]) -> list[list[Tensor]]:
        """Return the groups in an order in which each comes after those it needs."""
        members: dict[int, list[Tensor]] = {}
        for node in order:
            members.setdefault(self.of[node], []).append(node)
        position = {group: i for i, group in enumerate(members)}
        ranked = sorted(members, key=lambda each: (len(self.needs[each]), position[each]))
        return [members[each] for each in ranked]


def _sources(node: Tensor) -> list[Tensor]:
    """Return the inputs of a gate, the inputs of folded transposes in their place."""
    if not is_product(node):
        return list(node.inputs)
    return [each.inputs[0] if is_transpose(each) else each for each in node.inputs]


def _loop(
    group: Sequence[Tensor], used_by: dict[Tensor, list[Tensor]], results: set[Tensor]
) -> Loop:
    inside = set(group)
    entering = dict.fromkeys(
        each
        for node in group
        for each in node.inputs
        if each not in inside and not is_literal(each)
    )
    outputs = tuple(
        node
        for node in group
        if node in results or any(user not in inside for user in used_by.get(node, []))
    )
    return Loop(tuple(group), tuple(entering), outputs)


def is_literal(node: Tensor) -> bool:
    """Say whether a constant is written into the text of a kernel.

    Others are read at run time, so that a count that follows the batch size makes no new kernel.
    """
    if not isinstance(node, Constant) or node.size != 1:
        return False
    return node.dtype.kind != "f" or node.read().item() in (-1.0, 0.0, 0.5, 1.0, 2.0)


def _single(node: Tensor) -> Step:
    if _name(node) == "reshape":
        return Alias(node)
    product = product_of(node)
    if product is not None:
        return product
    if _name(node) == "sum" and node.dtype.kind == "f" and node.inputs[0].size > 0:
        return Total(node)
    kernel = row_kernel(node)
    return Rows(node, kernel) if kernel is not None else move_of(node) or Reference(node)
