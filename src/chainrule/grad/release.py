"""Results of derivatives as values: where nobody can differentiate them again, without a graph."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chainrule.graph import Constant, Tensor


def released(results: Sequence[Tensor], arguments: Collection[Tensor]) -> list[Tensor]:
    """Return known results as constants if they depend on nothing but `arguments`.

    arguments  tensors made for one call, of which the caller of it does not hold one

    So a loop w = w - rate * grad(f)(w) keeps no history. What depends on parameters, inputs, or
    the arguments of an outer derivative stays a graph, which can be differentiated again.
    """
    if not all(each.known for each in results) or _reads_others(results, set(arguments)):
        return list(results)
    return [each if isinstance(each, Constant) else Constant(each.peek()) for each in results]


def _reads_others(results: Sequence[Tensor], arguments: set[Tensor]) -> bool:
    """Say whether a leaf that is neither a constant nor an argument is among the ancestors."""
    seen, waiting = set(results), list(results)
    while waiting:
        node = waiting.pop()
        if node.primitive is None and not isinstance(node, Constant) and node not in arguments:
            return True
        fresh = [each for each in node.inputs if each not in seen]
        seen.update(fresh)
        waiting += fresh
    return False
