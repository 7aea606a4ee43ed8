"""The graph of one loss with its numbers, as the doctor looks at it: no loops, who uses what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainrule.compile import opened
from chainrule.grad import sweep
from chainrule.grad.unrolled import Unrolled, unrolled
from chainrule.graph import Constant, Parameter, Tensor, computed_once, topological_order


@dataclass(frozen=True, eq=False)
class BatchGraph:
    """The graph of a loss whose loops are written out, forward and backward on one batch.

    Every node carries its value.

    upstream   per node that gradient reaches
    """

    loss: Tensor
    loops: Unrolled
    upstream: Mapping[Tensor, Tensor]

    @computed_once
    def order(self) -> list[Tensor]:
        """The nodes, each after its inputs."""
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
        """The matrices that are parameters, and what is made of them and constants alone."""
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
        """Say whether `node` is a product with a weight."""
        return node.kind == "matmul" and any(each in self.weights for each in node.inputs)

    @computed_once
    def hidden(self) -> set[Tensor]:
        """The nodes from which a layer follows on the way to the loss."""
        found: set[Tensor] = set()
        for node in reversed(self.order):
            following = self.users[node]
            if any(each in found or self.is_layer(each) for each in following):
                found.add(node)
        return found - self.weights

    def parameter_of(self, weight: Tensor) -> Parameter:
        """Return the parameter that a weight is made of."""
        leaves = (each for each in topological_order([weight]) if isinstance(each, Parameter))
        return next(leaves)

    def groups(self) -> Iterator[tuple[Tensor, Sequence[Tensor]]]:
        """Give every gate that gradient reaches; those that a loop repeats, together."""
        together: dict[Tensor, list[Tensor]] = {}
        for node in self.order:
            if node.primitive is not None and node in self.upstream:
                repeated, _ = self.loops.steps.get(node, (node, 0))
                together.setdefault(repeated, []).append(node)
        yield from together.items()


def batch_graph(loss: Tensor, wrt: Sequence[Tensor]) -> BatchGraph:
    """Return the view of a loss, with the gradients on all paths to `wrt`.

    Calls of compiled functions are shown as the gates inside.
    """
    loops = unrolled([opened([loss]).get(loss, loss)])
    (whole,) = loops.outputs
    needed = set(topological_order([whole]))
    return BatchGraph(whole, loops, sweep(whole, [each for each in wrt if each in needed]).upstream)
