"""The reference evaluator: evaluates a graph in NumPy, gate by gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chainrule.graph.dtypes import Array
from chainrule.graph.errors import UnboundInputError
from chainrule.graph.order import topological_order
from chainrule.graph.parameters import Parameter
from chainrule.graph.primitive import compute
from chainrule.graph.tensor import Tensor


def evaluate(outputs: Iterable[Tensor], bound: Mapping[Tensor, Array]) -> dict[Tensor, Array]:
    """Return the value of every node that `outputs` need, visited in topological order.

    bound  values that replace those of nodes: usually of inputs, but any node can be bound

    Raises UnboundInputError for an input that has no value and is not bound.
    """
    return evaluate_in_order(topological_order(list(outputs), without=bound), bound)


def evaluate_in_order(
    order: Sequence[Tensor], bound: Mapping[Tensor, Array]
) -> dict[Tensor, Array]:
    """Return the values of `bound` and of all nodes of `order`, inputs before their gates."""
    values: dict[Tensor, Array] = dict(bound)
    for node in order:
        if node.primitive is None:
            values[node] = _leaf_value(node)
        else:
            arrays = [values[each] for each in node.inputs]
            values[node] = compute(node.primitive, arrays, node.attributes)
    return values


def _leaf_value(leaf: Tensor) -> Array:
    value = leaf.stored if isinstance(leaf, Parameter) else leaf.peek() if leaf.known else None
    if value is None:
        raise UnboundInputError(
            f"The graph was run without a value for its input {leaf.name!r} "
            f"({leaf.dtype}{list(leaf.shape)}). Bind it by name: forward({leaf.name}=...)."
        )
    return value
