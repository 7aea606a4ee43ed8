"""The graph of the loss of one batch with all values and upstream gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainrule.compile import opened
from chainrule.grad import sweep
from chainrule.grad.unrolled import Unrolled, unrolled
from chainrule.graph import Constant, Parameter, Tensor, computed_once, topological_order


@dataclass(frozen=True, eq=False)
class BatchGraph:
    """The graph of the loss of one batch, computed forward and backward, with unrolled scans.

    loss      the output of the graph; every node has a value
    loops     the unrolled scans
    upstream  the upstream gradients of the nodes that have one
    """

    loss: Tensor
    loops: Unrolled
    upstream: Mapping[Tensor, Tensor]

    @computed_once
    def order(self) -> list[Tensor]:
        """The nodes in topological order."""
        return topological_order([self.loss])

    @computed_once
    def users(self) -> dict[Tensor, list[Tensor]]:
        """The gates that use each node."""
        found: dict[Tensor, list[Tensor]] = {each: [] for each in self.order}
        for node in self.order:
            for each in node.inputs:
                found[each].append(node)
        return found

    @computed_once
    def weights(self) -> set[Tensor]:
        """The matrices that are parameters, and nodes computed from them and constants alone."""
        found: set[Tensor] = set()
        for node in self.order:
            if node.primitive is None:
                is_weight = isinstance(node, Parameter) and node.ndim > 1
            else:
                moving = [each for each in node.inputs if not isinstance(each, Constant)]
                is_weight = bool(moving) and all(each in found for each in moving)
            if is_weight:
                found.add(node)
        return found

    def is_layer(self, node: Tensor) -> bool:
        """Return whether `node` is a product with a weight."""
        return node.kind == "matmul" and any(each in self.weights for each in node.inputs)

    @computed_once
    def hidden(self) -> set[Tensor]:
        """The nodes with a layer between them and the loss."""
        found: set[Tensor] = set()
        for node in reversed(self.order):
            following = self.users[node]
            if any(each in found or self.is_layer(each) for each in following):
                found.add(node)
        return found - self.weights

    def parameter_of(self, weight: Tensor) -> Parameter:
        """Return the parameter that a weight is computed from."""
        leaves = (each for each in topological_order([weight]) if isinstance(each, Parameter))
        return next(leaves)

    def groups(self) -> Iterator[tuple[Tensor, Sequence[Tensor]]]:
        """Yield every gate with an upstream gradient; the copies of a gate in a scan together."""
        together: dict[Tensor, list[Tensor]] = {}
        for node in self.order:
            if node.primitive is not None and node in self.upstream:
                repeated, _ = self.loops.steps.get(node, (node, 0))
                together.setdefault(repeated, []).append(node)
        yield from together.items()


def batch_graph(loss: Tensor, wrt: Sequence[Tensor]) -> BatchGraph:
    """Return the graph of a loss with the gradients on all paths to `wrt`.

    Calls of compiled functions are replaced by the gates inside them.
    """
    loops = unrolled([opened([loss]).get(loss, loss)])
    (whole,) = loops.outputs
    needed = set(topological_order([whole]))
    return BatchGraph(whole, loops, sweep(whole, [each for each in wrt if each in needed]).upstream)
