"""Functions as bodies: a function called once with placeholders, whose graph a gate holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.grad.argument_trees import leaves, like, mapped
from chainrule.grad.packing import Packing, packing_of
from chainrule.graph import (
    Argument,
    Body,
    ImmutableError,
    Tensor,
    as_tensor,
    current_trace,
    depending_on,
    topological_order,
)
from chainrule.ops import closed_body


@dataclass(frozen=True, eq=False)
class Placeholders:
    """The arguments of a call, with placeholders for arrays and tensors.

    tree    the arguments with placeholders
    inputs  the placeholders, in order
    given   the tensors that were given for them
    """

    tree: Any
    inputs: tuple[Tensor, ...]
    given: tuple[Tensor, ...]


def placeholders_of(arguments: Any, called: str) -> Placeholders:
    """Return the arguments of a function with placeholders; numbers and words stay as they are.

    called  the name of the function, for messages
    """
    inputs: list[Tensor] = []
    given: list[Tensor] = []

    def placeholder(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor | np.ndarray) or (isinstance(leaf, Tensor) and leaf.weak):
            return leaf
        given.append(as_tensor(leaf))
        inputs.append(_placeholder(given[-1], called))
        return inputs[-1]

    tree = mapped(placeholder, arguments)
    return Placeholders(tree, tuple(inputs), tuple(given))


def _placeholder(like: Tensor, called: str) -> Tensor:
    return Argument(like.name or "x", like.shape, like.dtype, called)


def called_with(
    function: Callable[..., Any], arguments: Sequence[Any], called: str, inputs: Sequence[Tensor]
) -> Any:
    """Call a function with placeholders, and return what it returns.

    Raises ImmutableError if it updates a parameter with what it computes from the placeholders.
    """
    trace = current_trace()
    before = 0 if trace is None else len(trace.updates)
    returned = function(*arguments)
    updates = [] if trace is None else trace.updates[before:]
    sources = [each for update in updates for each in update.sources]
    if not depending_on(topological_order(sources), inputs).isdisjoint(sources):
        raise ImmutableError(
            f"{called[0].upper()}{called[1:]} updates a parameter with what it computes, but it is "
            "called once, to build its graph. Return the new value, and update after the call."
        )
    return returned


@dataclass(frozen=True, eq=False)
class TracedFunction:
    """The graph of a function: a body that is computed at once, and how its result is read.

    body      a body without states and scanned inputs; all placeholders are captured
    operands  the tensors for them: the arguments, then outer tensors that the function uses
    returned  what the function returned
    packing   the conversion of its tensors
    """

    body: Body
    operands: tuple[Tensor, ...]
    returned: Any
    packing: Packing

    def read(self, flat: Tensor) -> Any:
        """Return what the function returns, from the flat result of the gate."""
        found = iter(self.packing.unpacked(flat))
        tree = self.returned
        values = [next(found) if isinstance(each, Tensor) else each for each in leaves(tree)]
        return like(tree, values)


def traced_function(
    function: Callable[..., Any], arguments: Any, called: str
) -> TracedFunction | Any:
    """Call `function(*arguments)` with placeholders, and return its graph as a body.

    If it returns no tensor, return what it returns.
    """
    made = placeholders_of(arguments, called)
    returned = called_with(function, made.tree, called, made.inputs)
    outputs = [each for each in leaves(returned) if isinstance(each, Tensor)]
    if not outputs:
        return returned
    packing = packing_of(outputs)
    body, captured = flat_body(made.inputs, packing.packed(outputs))
    return TracedFunction(body, (*made.given, *captured), returned, packing)


def flat_body(inputs: Sequence[Tensor], parts: Sequence[Tensor]) -> tuple[Body, tuple[Tensor, ...]]:
    """Return the body from inputs to parts, and the outer tensors that it captures."""
    body, captured = closed_body((), inputs, (), parts)
    return Body((), (), body.placeholders, (), body.outputs), captured
