"""Conversion of derivatives that cannot be differentiated again into constants."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chainrule.graph import Constant, Tensor


def released(results: Sequence[Tensor], arguments: Collection[Tensor]) -> list[Tensor]:
    """Return the results as constants if they are known and depend only on `arguments`.

    arguments  tensors created for one call, which the caller cannot reference

    The iteration w = w - rate * grad(f)(w) then retains no graph. Results that depend on
    parameters, inputs, or arguments of an outer derivative keep their graph and can be
    differentiated.
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
