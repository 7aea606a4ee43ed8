"""Functions as bodies: a function called once with placeholders, whose graph a gate holds."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.grad.argument_trees import leaves, mapped
from chainrule.grad.packing import Packing, packing_of
from chainrule.graph import (
    Argument,
    Body,
    Constant,
    ImmutableError,
    Input,
    Parameter,
    Tensor,
    as_tensor,
    current_trace,
    depending_on,
    next_serial,
    rebuild,
    topological_order,
)
from chainrule.graph.promotion import PYTHON_NUMBERS


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


def with_tensors(tree: Any) -> tuple[Any, set[Tensor]]:
    """Return a tree with tensors for arrays and Python numbers, and those made from numbers.

    A list or tuple of numbers is a list or tuple of tensors.
    """
    numbers: set[Tensor] = set()

    def converted(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: converted(each) for key, each in part.items()}
        if isinstance(part, list | tuple):
            parts = [converted(each) for each in part]
            return type(part)(*parts) if hasattr(part, "_fields") else type(part)(parts)
        if part is None:
            return None
        found = as_tensor(part)
        if type(part) in PYTHON_NUMBERS:
            numbers.add(found)
        return found

    return converted(tree), numbers


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
        return filled(self.returned, self.packing.unpacked(flat))


def filled(tree: Any, tensors: Sequence[Tensor]) -> Any:
    """Return a tree with other tensors in place of its own, in order."""
    remaining = iter(tensors)
    return mapped(lambda leaf: next(remaining) if isinstance(leaf, Tensor) else leaf, tree)


def traced_function(
    function: Callable[..., Any], arguments: Any, called: str
) -> TracedFunction | Any:
    """Call `function(*arguments)` with placeholders, and return its graph as a body.

    If it returns no tensor, return what it returns.
    """
    start = next_serial()
    made = placeholders_of(arguments, called)
    returned = called_with(function, made.tree, called, made.inputs)
    outputs = [each for each in leaves(returned) if isinstance(each, Tensor)]
    if not outputs:
        return returned
    packing = packing_of(outputs)
    body, captured = flat_body(made.inputs, packing.packed(outputs), start)
    return TracedFunction(body, (*made.given, *captured), returned, packing)


def flat_body(
    inputs: Sequence[Tensor], parts: Sequence[Tensor], start: int
) -> tuple[Body, tuple[Tensor, ...]]:
    """Return the body from inputs to parts, and the outer tensors that it captures.

    start  a serial number: nodes made before are captured, those made afterwards are in the body,
           also if they do not depend on the inputs

    In a traced function, a gate that reads a parameter updated since `start`, such as the key of a
    stream, is captured. Raises ImmutableError if the gate depends on the inputs.
    """
    order = topological_order(parts, without=_MadeBefore(start))
    updated = _updated_since(start)
    old = {node for node in order if not updated.isdisjoint(node.inputs)}
    _require_independent(old, depending_on(order, inputs))
    used = dict.fromkeys([*(e for node in order if node not in old for e in node.inputs), *parts])
    captured = [each for each in used if each in old or _is_outer(each, start)]
    stand_ins: dict[Tensor, Tensor] = {
        each: Input(each.name or each.kind, each.shape, each.dtype, None) for each in captured
    }
    made = rebuild(parts, stand_ins)
    outputs = tuple(made[each] for each in parts)
    return Body((), (), (*inputs, *stand_ins.values()), (), outputs), tuple(captured)


def _updated_since(start: int) -> set[Tensor]:
    """Return the parameters that the traced function has updated since a serial number."""
    trace = current_trace()
    pending = {} if trace is None else trace.pending
    return {parameter for parameter, each in pending.items() if each.serial >= start}


def _require_independent(old: set[Tensor], depending: set[Tensor]) -> None:
    """Raise ImmutableError for a gate that reads a parameter before its update, and an input."""
    for each in old & depending:
        raise ImmutableError(
            f"{each.label} reads a parameter that is updated in the same function, and depends on "
            "the operands of a checkpoint or a branch. Update the parameter outside."
        )


def _is_outer(node: Tensor, start: int) -> bool:
    """Return whether a body captures a node; constants of one element stay in the body."""
    if isinstance(node, Constant):
        return node.size != 1
    return node.serial < start or isinstance(node, Parameter)


class _MadeBefore(Container[Tensor]):
    """The nodes made before a serial number."""

    def __init__(self, start: int) -> None:
        self._start = start

    def __contains__(self, node: object) -> bool:
        assert isinstance(node, Tensor)
        return node.serial < self._start
