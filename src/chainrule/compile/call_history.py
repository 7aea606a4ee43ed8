"""The history of a call: how the results of a compiled function depend on its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.compile.compiled_calls import CALL, CalledBody, Compile
from chainrule.compile.trace import TracedGraph
from chainrule.graph import (
    Array,
    Constant,
    Origin,
    Parameter,
    Tensor,
    as_tensor,
    computed_once,
    is_float,
    next_serial,
    topological_order,
)


class Remembered:
    """The arguments of a call at that time, which become tensors when they are read."""

    __slots__ = ("_captured", "_given", "_tensors")

    def __init__(self, given: Sequence[Tensor | Array], captured: tuple[Tensor, ...]) -> None:
        self._given, self._captured = given, captured
        self._tensors: tuple[Tensor, ...] = ()

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The arguments and the captured tensors; the same tensors at every read."""
        if not self._tensors:
            self._tensors = (*map(as_tensor, self._given), *self._captured)
        return self._tensors


Operands = tuple[Tensor, ...] | Remembered
# operands, per output whether gradient flows, whether an input can be bound again, serial number
Memory = tuple[Operands, Sequence[bool], bool, int]


@dataclass(frozen=True)
class CallHistory:
    """How each output of a compiled function depends on its arguments and on what it captures.

    body      the graph of the function; its placeholders are the arguments and the captured tensors
    captured  the parameters, inputs and tensors from outside that the outputs depend on
    reached   per output, the positions of the placeholders that gradient flows to
    kept      captured state that the call changes, whose value before the call is kept
    renewed   whether outputs depend on parameters as the call leaves them
    is_spent  whether a call changes parameters that its own outputs depend on, so that no gradient
              can be taken afterwards and the arguments are not kept
    """

    body: CalledBody
    captured: tuple[Tensor, ...]
    reached: tuple[frozenset[int], ...]
    kept: frozenset[Tensor]
    renewed: bool
    is_spent: bool

    @computed_once
    def flows(self) -> tuple[bool, ...]:
        """Per output, whether gradient flows from it to captured tensors."""
        first = len(self.body.placeholders) - len(self.captured)
        return tuple(any(i >= first for i in each) for each in self.reached)

    def before(self, sources: Sequence[Tensor | None], arrays: Sequence[Array]) -> Memory | None:
        """Return what the results of a call refer to, None if no gradient flows from any.

        It is called before the call, which may change what it uses. Arrays are copied; tensors
        never change.
        """
        for source in sources:
            if source is not None:
                return self._of_tensors(sources, arrays)
        if not self._captures_moving:
            return None
        if self.is_spent:
            operands: Operands = self._placeholders
        else:
            operands = self._remembered([each.copy() for each in arrays])
        return operands, self.flows, self._captures_inputs, next_serial()

    def _of_tensors(
        self, sources: Sequence[Tensor | None], arrays: Sequence[Array]
    ) -> Memory | None:
        """Return what the results refer to if some arguments are tensors."""
        flows, bindable = self.flows, self._captures_inputs
        for i, source in enumerate(sources):
            if source is not None and source.tracked:
                bindable = bindable or source.bindable
                flows = tuple(
                    [old or i in each for old, each in zip(flows, self.reached, strict=True)]
                )
        if True not in flows:
            return None
        if self.is_spent:
            operands: Operands = self._of_spent(sources)
        else:
            pairs = zip(sources, arrays, strict=True)
            operands = self._remembered([x.copy() if each is None else each for each, x in pairs])
        return operands, flows, bindable, next_serial()

    def results(
        self, memory: Memory | None, values: Sequence[Array], origin: Origin
    ) -> list[Tensor]:
        """Return the outputs of a call: constants, or gates where gradient flows."""
        if memory is None:
            return [Constant(each, None, origin) for each in values]
        operands, flows, bindable, serial = memory
        serial = next_serial() if self.renewed else serial
        return [
            Result(attributes, operands, value, bindable, serial, origin)
            if flow
            else Constant(value, None, origin)
            for value, flow, attributes in zip(values, flows, self._attributes, strict=True)
        ]

    @computed_once
    def _captures_moving(self) -> bool:
        """Whether gradient flows to a captured tensor."""
        return any(self.flows)

    @computed_once
    def _attributes(self) -> list[dict[str, Any]]:
        """The attributes of the outputs as gates."""
        return [{"function": self.body, "index": i} for i in range(len(self.reached))]

    @computed_once
    def _captures_inputs(self) -> bool:
        """Whether an input that can be bound again was captured."""
        return any(each.bindable for each in self.captured)

    @computed_once
    def _placeholders(self) -> tuple[Tensor, ...]:
        """The placeholders of the body."""
        return self.body.placeholders

    def _of_spent(self, sources: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
        """Return the operands of a spent call; arguments that were no tensors are not kept."""
        pairs = zip(sources, self._placeholders, strict=False)
        given = [each if source is None else source for source, each in pairs]
        return (*given, *self.captured)

    def _remembered(self, given: Sequence[Tensor | Array]) -> Remembered:
        """Return the arguments and the captured tensors of this moment."""
        held = tuple(map(self._held, self.captured)) if self.kept else self.captured
        return Remembered(given, held)

    def _held(self, captured: Tensor) -> Tensor:
        """Return a captured tensor; for state that the call changes, its value before."""
        return Constant(captured.peek().copy()) if captured in self.kept else captured


class Result(Tensor):
    """An output of a call, whose operands become tensors when they are read."""

    __slots__ = ("_operands",)

    def __init__(
        self,
        attributes: dict[str, Any],
        operands: Operands,
        value: Array,
        bindable: bool,
        serial: int,
        origin: Origin,
    ) -> None:
        value.setflags(False)  # type: ignore[call-arg]
        self._operands = operands
        Tensor.__init__(
            self, CALL, (), attributes, value.shape, value.dtype, value, True, True, None, origin
        )
        self.bindable, self.differentiable, self.serial = bindable, True, serial

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The arguments of the call, and what the function captured."""
        operands = self._operands
        return operands.tensors if isinstance(operands, Remembered) else operands

    @inputs.setter
    def inputs(self, none: tuple[Tensor, ...]) -> None:
        """Leave the operands as they are."""


def history_of(traced: TracedGraph, name: str, compile: Compile) -> CallHistory:
    """Return how the results of a traced function depend on its arguments.

    An updated parameter that is read after its update counts as the parameter after the call,
    unless it is updated again.
    """
    outside = _made_outside(traced)
    order = topological_order(traced.outputs, without=outside)
    places = _captured(traced, order, outside)
    placeholders = (*traced.inputs, *places)
    body = CalledBody((), (), placeholders, (), traced.outputs, name, compile)
    updated = {node: parameter for node, parameter, _ in traced.reads}
    written = {update.parameter for update in traced.updates}.intersection(places)
    outdated = {node for node, _, is_last in traced.reads if not is_last}.intersection(places)
    is_spent = bool(outdated) or any(is_float(each.dtype) for each in written)
    return CallHistory(
        body,
        tuple(updated.get(each, each) for each in places),
        tuple(_reached(traced, order, placeholders)),
        frozenset(each for each in written if not is_float(each.dtype)),
        not is_spent and not updated.keys().isdisjoint(places),
        is_spent,
    )


def _captured(
    traced: TracedGraph, order: Sequence[Tensor], outside: frozenset[Tensor]
) -> tuple[Tensor, ...]:
    """Return what the outputs depend on from outside: state, inputs, and results made before.

    Updated state is represented by the node that is read in its place.

    order    the nodes of the outputs that are made inside
    outside  those made outside
    """
    found: dict[Tensor, None] = {}
    for node in order:
        found |= dict.fromkeys([each for each in node.inputs if each in outside])
    found |= dict.fromkeys([each for each in traced.outputs if each in outside])
    return tuple(found)


def _made_outside(traced: TracedGraph) -> frozenset[Tensor]:
    """Return the nodes older than the trace, and updated state; constants excepted."""
    start, updated = traced.start, {node for node, _, _ in traced.reads}
    return frozenset(
        node
        for node in traced.order
        if (node.serial < start or isinstance(node, Parameter) or node in updated)
        and not isinstance(node, Constant)
    )


def _reached(
    traced: TracedGraph, order: Sequence[Tensor], placeholders: Sequence[Tensor]
) -> list[frozenset[int]]:
    """Return, per output, the positions of the placeholders that gradient flows to."""
    positions = {each: i for i, each in enumerate(placeholders) if is_float(each.dtype)}
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
