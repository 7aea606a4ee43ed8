"""The order in which gates are visited: inputs before the gates that use them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from chainrule.graph.errors import CycleError
from chainrule.graph.tensor import Tensor


def topological_order(outputs: Sequence[Tensor], without: Container[Tensor] = ()) -> list[Tensor]:
    """Return every ancestor of `outputs`, and they themselves, each after its inputs.

    without  nodes that are left out, and whose ancestors are not visited for their sake

    Depth first, inputs from left to right, without recursion, so that depth is no limit. Raises
    CycleError, naming the gates, if one of them depends on itself.
    """
    order: list[Tensor] = []
    done: set[Tensor] = set()
    open_: dict[Tensor, None] = {}
    stack = list(reversed(outputs))
    while stack:
        node = stack[-1]
        if node in done or node in without:
            stack.pop()
        elif not node.inputs:
            stack.pop()
            done.add(node)
            order.append(node)
        elif node in open_:
            stack.pop()
            del open_[node]
            done.add(node)
            order.append(node)
        else:
            open_[node] = None
            waiting = [
                each for each in reversed(node.inputs) if each not in done and each not in without
            ]
            if not open_.keys().isdisjoint(waiting):
                _refuse_cycle(waiting, open_)
            stack.extend(waiting)
    return order


def _refuse_cycle(waiting: Iterable[Tensor], open_: dict[Tensor, None]) -> None:
    for node in waiting:
        if node in open_:
            path = list(open_)
            names = " -> ".join(each.label for each in (*path[path.index(node) :], node))
            raise CycleError(
                f"The graph has a cycle: {names}. A gate cannot depend on itself; "
                "build a new tensor instead of changing the inputs of an old one."
            )


def is_ancestor(source: Tensor, output: Tensor) -> bool:
    """Say whether `output` is `source` or was made of it.

    Inputs are older than their gates, so that nothing older than `source` is visited.
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
    """Return the nodes of `order` that are among `sources` or have a derivative by one of them.

    Gates without a derivative, such as floor, comparisons and stop_gradient, end the way.
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
