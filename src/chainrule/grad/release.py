"""Derivatives without history, where they cannot be differentiated again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chainrule.graph import Constant, Tensor


def released(results: Sequence[Tensor], arguments: Collection[Tensor]) -> list[Tensor]:
    """Return known results as constants if they depend only on `arguments`.

    arguments  tensors made for one call, which the caller cannot reference

    A loop w = w - rate * grad(f)(w) then keeps no history. Results that depend on parameters,
    inputs, or the arguments of an outer derivative keep their graph and can be differentiated.
    """
    if not all(each.known for each in results) or _reads_others(results, set(arguments)):
        return list(results)
    return [each if isinstance(each, Constant) else Constant(each.peek()) for each in results]


def _reads_others(results: Sequence[Tensor], arguments: set[Tensor]) -> bool:
    """Return whether the results depend on a leaf that is neither a constant nor an argument."""
    seen, waiting = set(results), list(results)
    while waiting:
        node = waiting.pop()
        if node.primitive is None and not isinstance(node, Constant) and node not in arguments:
            return True
        fresh = [each for each in node.inputs if each not in seen]
        seen.update(fresh)
        waiting += fresh
    return False
