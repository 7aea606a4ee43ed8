"""Fuse: group the gates of a graph into steps.

A step is a fused kernel, which computes several gates in one pass over memory, or a single gate of
another kind. This stage decides which gates go together; `lower` writes the kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chainrule.compile.fuse.fused_kernel import FusedKernel, entering
from chainrule.compile.fuse.fusion_groups import (
    FusionGroup,
    Sources,
    fusion_groups,
    is_folded,
    sources,
)
from chainrule.compile.fuse.joined_parts import with_joined_parts
from chainrule.compile.gates.matrix_products import (
    MatrixProduct,
    matrix_product_of,
)
from chainrule.compile.gates.strided_copies import StridedCopy
from chainrule.compile.kernels.reductions import is_extreme_of_rows
from chainrule.compile.kernels.templates import (
    alias_start,
    has_kernel,
    lowering_of,
    strided_copy_of,
)
from chainrule.compile.trace import TracedGraph
from chainrule.graph import Body, Tensor, topological_order


@dataclass(frozen=True, eq=False)
class Alias:
    """A gate whose value is part of the memory of its input, from the element `start` on."""

    node: Tensor
    start: int = 0


@dataclass(frozen=True, eq=False)
class ReferenceGate:
    """A gate that the reference evaluator computes: it has no native code, or no elements."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class SingleGate:
    """A gate that a kernel of its own computes, such as a scatter, an argmax or random bits."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class Scan:
    """A scan: the steps of its body, which run once per step of the sequence."""

    node: Tensor
    body: Body
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a branch or a while loop: the steps from placeholders to results."""

    placeholders: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class Control:
    """A branch or a while loop.

    parts  of a branch, both sides; of a loop, the condition, the new states, and what computes the
           result from the last state
    """

    node: Tensor
    is_while: bool
    parts: tuple[Part, ...]


Step = (
    FusedKernel | MatrixProduct | SingleGate | StridedCopy | Alias | ReferenceGate | Scan | Control
)

Users = dict[Tensor, list[Tensor]]


def fuse(traced: TracedGraph) -> list[Step]:
    """Return the steps that compute all results of `traced`, in an order that can be run."""
    return _steps(traced.order, traced.results)


def all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield all steps, those of a scan's body after the scan."""
    for each in steps:
        yield each
        if isinstance(each, Scan):
            yield from all_steps(each.steps)
        if isinstance(each, Control):
            for part in each.parts:
                yield from all_steps(part.steps)


def _steps(order: Sequence[Tensor], wanted: Sequence[Tensor]) -> list[Step]:
    """Return the steps that compute the tensors `wanted`; `order` holds all they need."""
    results = set(wanted)
    read = {node: sources(node) for node in order if node.primitive is not None}
    gates = without_folded(read, results)
    users = readers_of(gates, read)
    steps = [_step(group, users, results) for group in fusion_groups(gates, read)]
    return list(with_joined_parts(steps, users, results))


def _step(group: FusionGroup, users: Users, results: set[Tensor]) -> Step:
    """Return a group of gates as one step."""
    nodes = group.nodes
    if group.shape is None or (len(nodes) == 1 and _is_better_alone(nodes[0])):
        return _single(nodes[0])
    inside = set(nodes)
    outputs = tuple(
        node
        for node in nodes
        if node in results or any(user not in inside for user in users.get(node, []))
    )
    plain = group.is_plain
    reads = tuple(entering(nodes, is_plain=plain))
    return FusedKernel(group.shape, group.rows_end, tuple(nodes), reads, outputs, is_plain=plain)


def _is_better_alone(node: Tensor) -> bool:
    """Return whether a gate that no other joins has a kernel that is faster than a fused one."""
    return has_kernel(node) and is_extreme_of_rows(node) and not is_folded(node.inputs[0], node)


def without_folded(read: Sources, results: set[Tensor]) -> list[Tensor]:
    """Return the gates that are results or that a step reads: all readers fold the others in."""
    wanted = results.union(*read.values())
    return [node for node in read if node in wanted]


def readers_of(gates: Sequence[Tensor], read: Sources) -> Users:
    """Return, for every gate, the gates that read it."""
    users: Users = {}
    for node in gates:
        for each in read[node]:
            users.setdefault(each, []).append(node)
    return users


def _single(node: Tensor) -> Step:
    """Return a gate that is in no fused kernel as a step."""
    start = alias_start(node)
    if start is not None:
        return Alias(node, start)
    product = matrix_product_of(node)
    if product is not None:
        return product
    if lowering_of(node).is_scan:
        return _scan(node)
    if lowering_of(node).is_branch or lowering_of(node).is_while:
        return _control(node)
    return SingleGate(node) if has_kernel(node) else strided_copy_of(node) or ReferenceGate(node)


def _scan(node: Tensor) -> Step:
    """Return a scan as the steps of its body, or as one gate if a step has no native code."""
    body: Body = node.attributes["body"]
    steps = tuple(_steps(body.order, body.results))
    is_native = not any(isinstance(each, ReferenceGate) for each in all_steps(steps))
    return Scan(node, body, steps) if is_native and node.size else ReferenceGate(node)


def _control(node: Tensor) -> Step:
    """Return a branch or a loop as the steps of its parts, or as one gate without native code."""
    is_while = lowering_of(node).is_while
    parts = _loop_parts(node.attributes["loop"]) if is_while else _sides(node)
    inside = (each for part in parts for each in all_steps(part.steps))
    is_native = not any(isinstance(each, ReferenceGate) for each in inside)
    has_elements = node.size > 0 and all(each.size for each in node.inputs)
    return Control(node, is_while, parts) if is_native and has_elements else ReferenceGate(node)


def _sides(node: Tensor) -> tuple[Part, ...]:
    """Return both sides of a branch."""
    sides: list[Body] = [node.attributes["true"], node.attributes["false"]]
    return tuple(Part(e.captured, e.outputs, tuple(_steps_to(e.outputs))) for e in sides)


def _loop_parts(loop: Body) -> tuple[Part, ...]:
    """Return the condition of a loop, its new states, and its result."""
    wanted = (loop.outputs[:1], loop.new_states, loop.outputs[1:])
    return tuple(Part(loop.placeholders, each, tuple(_steps_to(each))) for each in wanted)


def _steps_to(wanted: Sequence[Tensor]) -> list[Step]:
    """Return the steps that compute the tensors `wanted`."""
    return _steps(topological_order(wanted), wanted)
