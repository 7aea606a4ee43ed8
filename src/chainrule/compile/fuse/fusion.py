"""Fuse: gates that one pass can compute together become one step of the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chainrule.compile.fuse.nest import Nest, entering
from chainrule.compile.fuse.nest_groups import Group, groups_of, sources
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.matrix_products import Product, is_product, is_transpose, product_of
from chainrule.compile.gates.strided_copies import Move, move_of
from chainrule.compile.kernels.row_kernels import RowKernel, row_kernel
from chainrule.compile.trace import Traced
from chainrule.graph import Body, Tensor, topological_order


@dataclass(frozen=True, eq=False)
class Alias:
    """The same memory under another shape, from the element `start` on."""

    node: Tensor
    start: int = 0


@dataclass(frozen=True, eq=False)
class Reference:
    """A gate without native code, or without elements, computed by the reference evaluator."""

    node: Tensor


@dataclass(frozen=True, eq=False)
class Rows:
    """A gate with a kernel of its own: gathering, scattering, the largest of a row, random bits."""

    node: Tensor
    kernel: RowKernel


@dataclass(frozen=True, eq=False)
class Scan:
    """A loop: the steps of its body, run once per step of the sequence."""

    node: Tensor
    body: Body
    steps: tuple[Step, ...]


Step = Nest | Product | Rows | Move | Alias | Reference | Scan

Users = dict[Tensor, list[Tensor]]


def fuse(traced: Traced) -> list[Step]:
    """Return the steps that compute all results of `traced`, in an order that can be run."""
    return _steps(traced.results)


def nested(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield all steps, those of a loop's body after the loop."""
    for each in steps:
        yield each
        if isinstance(each, Scan):
            yield from nested(each.steps)


def _steps(wanted: Sequence[Tensor]) -> list[Step]:
    order = [node for node in topological_order(wanted) if node.primitive is not None]
    results = set(wanted)
    order = _without_folded(order, results)
    users = _users(order)
    return [_step(group, users, results) for group in groups_of(order)]


def _step(group: Group, users: Users, results: set[Tensor]) -> Step:
    nodes = group.nodes
    if group.shape is None:
        return _single(nodes[0])
    inside = set(nodes)
    outputs = tuple(
        node
        for node in nodes
        if node in results or any(user not in inside for user in users.get(node, []))
    )
    return Nest(group.shape, group.rows_end, tuple(nodes), tuple(entering(nodes)), outputs)


def _without_folded(order: Sequence[Tensor], results: set[Tensor]) -> list[Tensor]:
    """Leave out the transposes that only matrix products use: BLAS reads them in place."""
    users: Users = {}
    for node in order:
        for each in node.inputs:
            users.setdefault(each, []).append(node)
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


def _users(order: Sequence[Tensor]) -> Users:
    users: Users = {}
    for node in order:
        for each in sources(node):
            users.setdefault(each, []).append(node)
    return users


def _single(node: Tensor) -> Step:
    start = _start_of_view(node)
    if start is not None:
        return Alias(node, start)
    product = product_of(node)
    if product is not None:
        return product
    if template_of(node) == "loop":
        return _scan(node)
    kernel = row_kernel(node)
    return Rows(node, kernel) if kernel is not None else move_of(node) or Reference(node)


def _scan(node: Tensor) -> Step:
    """Return a loop as its body's steps; one with a gate without native code is left whole."""
    body: Body = node.attributes["body"]
    steps = tuple(_steps(body.results))
    is_native = not any(isinstance(each, Reference) for each in nested(steps))
    return Scan(node, body, steps) if is_native and node.size else Reference(node)


def _sums_nothing(node: Tensor) -> bool:
    """Say whether a sum is over no axis, and in the dtype of its input."""
    is_sum = template_of(node) == "sum" and not node.attributes["axis"]
    return is_sum and node.dtype == node.inputs[0].dtype


def _start_of_view(node: Tensor) -> int | None:
    """Return where in its input's memory a gate's value stands as it is, None if it does not."""
    if template_of(node) == "view" or _sums_nothing(node):
        return 0
    if template_of(node) != "slice":
        return None
    x, starts = node.inputs[0], node.attributes["starts"]
    cut = [axis for axis, extent in enumerate(x.shape) if node.shape[axis] != extent]
    if len(cut) > 1 or any(step != 1 for step in node.attributes["steps"]):
        return None
    if node.ndim == 0:
        return 0
    axis = cut[0] if cut else 0
    size = 1
    for extent in x.shape[axis + 1 :]:
        size *= extent
    return starts[axis] * size if all(extent == 1 for extent in x.shape[:axis]) else None
