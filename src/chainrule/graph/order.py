"""Topological order, and reachability in the graph."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from chainrule.graph.errors import CycleError
from chainrule.graph.tensor import Tensor


def topological_order(outputs: Sequence[Tensor], without: Container[Tensor] = ()) -> list[Tensor]:
    """Return `outputs` and all their ancestors, each node after its inputs.

    without  nodes that are left out, with ancestors that are reached only through them

    Depth-first search from left to right, without recursion, so that depth is not limited. Raises
    CycleError, which names the gates, for a graph with a cycle.
    """
    order: list[Tensor] = []
    done: set[Tensor] = set()
    for output in outputs:
        if output not in done and output not in without:
            _visit(output, without, order, done)
    return order


def _visit(
    output: Tensor, without: Container[Tensor], order: list[Tensor], done: set[Tensor]
) -> None:
    """Append a node to `order`, after those of its ancestors that are not in `done`."""
    open_ = {output}
    path = [(output, iter(output.inputs))]
    while path:
        node, waiting = path[-1]
        for each in waiting:
            if each in done or each in without:
                continue
            if each in open_:
                _refuse_cycle(each, [gate for gate, _ in path])
            open_.add(each)
            path.append((each, iter(each.inputs)))
            break
        else:
            path.pop()
            open_.discard(node)
            done.add(node)
            order.append(node)


def _refuse_cycle(node: Tensor, path: Sequence[Tensor]) -> None:
    names = " -> ".join(each.label for each in (*path[path.index(node) :], node))
    raise CycleError(
        f"The graph has a cycle: {names}. A gate cannot depend on itself; "
        "build a new tensor instead of changing the inputs of an old one."
    )


def is_ancestor(source: Tensor, output: Tensor) -> bool:
    """Return whether `output` is `source` or depends on it.

    Inputs are older than their gates, so that nodes older than `source` are not visited.
    """
    met: set[Tensor] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node is source:
            return True
        if node not in met and node.serial > source.serial:
            met.add(node)
            waiting += node.inputs
    return False


def depending_on(order: Iterable[Tensor], sources: Iterable[Tensor]) -> set[Tensor]:
    """Return the nodes of `order` that are among `sources` or depend on one of them."""
    found = set(sources)
    for node in order:
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def flowing_from(order: Iterable[Tensor], sources: Iterable[Tensor]) -> set[Tensor]:
    """Return the nodes of `order` that are in `sources` or have a derivative with respect to one.

    Gates without a derivative, such as floor, comparisons and stop_gradient, end a path.
    """
    found = set(sources)
    for node in order:
        if found.isdisjoint(node.inputs) or node.primitive is None or node.dtype.kind != "f":
            continue
        rules = node.primitive.vjp
        if callable(rules):
            found.add(node)
            continue
        for each, rule in zip(node.inputs, rules, strict=True):
            if rule is not None and each in found:
                found.add(node)
                break
    return found
