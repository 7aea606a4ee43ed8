"""The number of layers of a feed-forward stack, from the graph of a call.

CS231n, lecture 4, counts the layers with weights: a net with one hidden layer is a 2-layer network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from chainrule.compile.trace import TracedGraph
from chainrule.grad.reverse import sweep_from
from chainrule.graph import Input, Parameter, Tensor, topological_order


def layer_count(traced: TracedGraph) -> int | None:
    """Return the number of layers, the input layer not counted; None if the model is not a stack.

    A layer is a product of weights and values that depend on the inputs. In a stack every path from
    inputs to outputs leads through every layer, the function between two layers is not linear, and
    matrices of parameters are used in layers or as tables of vectors only.
    """
    order = topological_order(traced.outputs)
    after_inputs = _reached(order, traced.inputs)
    layers = [each for each in order if _is_layer(each, after_inputs)]
    is_stack = (
        all(_is_on_every_path(each, order, traced) for each in layers)
        and not any(_is_linear(*each) for each in pairwise(layers))
        and _matrices(order) <= _matrices(_operands_of(order, layers, after_inputs))
    )
    return len(layers) if is_stack and layers else None


def layers_text(count: int) -> str:
    """Return the name of such a network, such as 3-layer network (2 hidden layers)."""
    hidden = {1: "no hidden layer", 2: "1 hidden layer"}.get(count, f"{count - 1} hidden layers")
    return f"{count}-layer network ({hidden})"


def _reached(
    order: Iterable[Tensor], sources: Iterable[Tensor], without: Tensor | None = None
) -> set[Tensor]:
    """Return the nodes of `order` that depend on a source, on a path that avoids a node."""
    found = set(sources)
    for node in order:
        if node is not without and not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def _is_layer(node: Tensor, after_inputs: Collection[Tensor]) -> bool:
    if node.primitive is None or node.primitive.name != "matmul":
        return False
    return sum(each in after_inputs for each in node.inputs) == 1 and any(
        _parameters([each]) for each in node.inputs if each not in after_inputs
    )


def _is_on_every_path(node: Tensor, order: Sequence[Tensor], traced: TracedGraph) -> bool:
    return _reached(order, traced.inputs, without=node).isdisjoint(traced.outputs)


def _is_linear(below: Tensor, above: Tensor) -> bool:
    """Return whether the gradient of `above` does not depend on the value of `below`."""
    upstream = Input("upstream", above.shape, above.dtype, None)
    gradient = sweep_from([(above, upstream)], [below]).upstream[below]
    return below not in set(topological_order([gradient]))


def _matrices(roots: Iterable[Tensor]) -> set[Tensor]:
    return {each for each in _parameters(roots) if each.ndim > 1}


def _parameters(roots: Iterable[Tensor]) -> set[Tensor]:
    return {each for each in topological_order(list(roots)) if isinstance(each, Parameter)}


def _operands_of(
    order: Iterable[Tensor], layers: Iterable[Tensor], after_inputs: Collection[Tensor]
) -> list[Tensor]:
    """Return the weights of the layers, and the tables in which inputs are looked up."""
    tables = [node.inputs[0] for node in order if node.primitive and node.primitive.name == "take"]
    weights = [each for layer in layers for each in layer.inputs if each not in after_inputs]
    return [*weights, *(each for each in tables if each not in after_inputs)]
