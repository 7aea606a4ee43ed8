"""History: what the results of a compiled function remember of the call that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.compile.calls import CALL, CalledBody, Compile
from chainrule.compile.trace import Traced
from chainrule.graph import (
    Array,
    Constant,
    Parameter,
    Tensor,
    is_float,
    topological_order,
)


@dataclass(frozen=True)
class History:
    """How each output of a compiled function depends on what it was given and what it captured.

    body      the graph of the function, whose placeholders are the arguments and what it captured
    captured  the parameters, inputs and tensors from outside that the outputs depend on
    reached   per output, the positions of the placeholders that gradient flows to
    kept      captured state that the call itself changes: its value before is remembered
    is_spent  whether a call changes parameters that its own outputs depend on, so that no gradient
              can be asked of them afterwards: then the arguments are not remembered
    """

    body: CalledBody
    captured: tuple[Tensor, ...]
    reached: tuple[frozenset[int], ...]
    kept: frozenset[Tensor]
    is_spent: bool

    def results(
        self, sources: Sequence[Tensor | None], arrays: Sequence[Array]
    ) -> list[Tensor | None]:
        """Return a node for every output that gradient flows through, without its value yet.

        The arguments are remembered as they are now: arrays are copied, tensors never change.
        """
        first = len(sources)
        tracked = {i for i, each in enumerate(sources) if each is not None and each.tracked}
        moving = tracked.union(range(first, first + len(self.captured)))
        flows = [not moving.isdisjoint(each) for each in self.reached]
        if not any(flows):
            return [None] * len(flows)
        operands = (*self._given(sources, arrays), *map(self._held, self.captured))
        return [self._result(i, operands) if each else None for i, each in enumerate(flows)]

    def _given(self, sources: Sequence[Tensor | None], arrays: Sequence[Array]) -> list[Tensor]:
        """Return the arguments as tensors; of a spent call, what was no tensor stays unknown."""
        return [
            source
            if source is not None
            else placeholder
            if self.is_spent
            else Constant(array.copy())
            for source, array, placeholder in zip(
                sources, arrays, self.body.placeholders, strict=False
            )
        ]

    def _held(self, captured: Tensor) -> Tensor:
        return Constant(captured.peek().copy()) if captured in self.kept else captured

    def _result(self, index: int, operands: tuple[Tensor, ...]) -> Tensor:
        output = self.body.outputs[index]
        attributes = {"function": self.body, "index": index}
        return Tensor(CALL, operands, attributes, output.shape, output.dtype, None, True, True)


def history_of(traced: Traced, name: str, compile: Compile) -> History:
    """Return what the results of a traced function remember."""
    captured = _captured(traced)
    placeholders = (*traced.inputs, *captured)
    body = CalledBody((), (), placeholders, (), traced.outputs, name, compile)
    written = {update.parameter for update in traced.updates}.intersection(captured)
    return History(
        body,
        captured,
        tuple(_reached(traced, placeholders)),
        frozenset(each for each in written if not is_float(each.dtype)),
        any(is_float(each.dtype) for each in written),
    )


def _captured(traced: Traced) -> tuple[Tensor, ...]:
    """Return what the outputs depend on from outside: state, inputs, and results made before."""
    outside = _MadeOutside(traced)
    found: dict[Tensor, None] = {}
    for node in topological_order(traced.outputs, without=outside):
        found |= dict.fromkeys(each for each in node.inputs if each in outside)
    found |= dict.fromkeys(each for each in traced.outputs if each in outside)
    return tuple(found)


class _MadeOutside:
    """The nodes that were there before a function was traced, constants left out."""

    def __init__(self, traced: Traced) -> None:
        self._start = traced.start

    def __contains__(self, node: object) -> bool:
        assert isinstance(node, Tensor)
        is_older = node.serial < self._start or isinstance(node, Parameter)
        return is_older and not isinstance(node, Constant)


def _reached(traced: Traced, placeholders: Sequence[Tensor]) -> list[frozenset[int]]:
    """Return, per output, the positions of the placeholders that gradient flows to from it."""
    positions = {each: i for i, each in enumerate(placeholders) if is_float(each.dtype)}
    order = topological_order(traced.outputs, without=_MadeOutside(traced))
    bits = {each: 1 << i for each, i in positions.items()}
    for node in order:
        if node.primitive is not None and is_float(node.dtype):
            found = 0
            for i, each in enumerate(node.inputs):
                if node.primitive.takes_gradient(i):
                    found |= bits.get(each, 0)
            bits[node] = found
    found_by = [bits.get(each, 0) for each in traced.outputs]
    return [frozenset(i for i in positions.values() if each >> i & 1) for each in found_by]
