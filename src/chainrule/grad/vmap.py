"""The map over examples: `vmap` of a function of one example is the function of a batch."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from chainrule.grad.axis_trees import Axes, axis_of, with_axes
from chainrule.grad.batched_graph import batched_graph
from chainrule.grad.release import released
from chainrule.graph import (
    Argument,
    DTypeError,
    ImmutableError,
    Shape,
    ShapeError,
    Tensor,
    as_tensor,
    current_trace,
    depending_on,
    next_serial,
    topological_order,
)
from chainrule.ops import broadcast_to, permute_dims


def vmap(
    function: Callable[..., Any],
    in_axes: Axes = 0,
    out_axes: Axes = 0,
    axis_size: int | None = None,
) -> Callable[..., Any]:
    """Return the function that applies `function`, written for one example, to a batch at once.

        cr.vmap(cr.grad(loss), in_axes=(None, 0, 0))(weights, x, y)    # gradients per example

    function   of arrays, tensors, or nested lists, tuples and dicts of them, to a tensor or such a
               tree of tensors. It is called once, with tensors without values that have the shape
               of one example; it may use derivatives, parameters, `cr.scan` and `cr.vmap`
    in_axes    the axis of the examples in the arguments: an integer for all; or a tuple with one
               entry per argument: an integer, None for an argument that is the same for all
               examples, or a tree of the structure of the argument. Axes may be negative
    out_axes   the axis of the examples in the results: an integer, or a tree of the structure of
               the result. None for a result that is the same for all examples
    axis_size  the number of examples; needed only if no argument has an axis of examples
    returns    a function of the same positional arguments

    The gates of one example are rebuilt as gates of the batch, by the rule that each primitive
    declares, so that no loop over examples is left, and gates that no example changes are computed
    once. The result can be differentiated, mapped again and compiled. Random numbers depend on
    their key: map over an axis of keys for numbers of their own; examples with one key, also the
    keys of a `Stream` that the function takes itself, have the same numbers.

    Raises ShapeError for axes that do not fit, for arguments with different numbers of examples,
    and for a mapped result whose out_axes is None; UnboundInputError if the function reads the
    value of an example (`.value`, `float`, a branch), with the line; ImmutableError if it updates
    a parameter with values of an example; DTypeError for an array given by keyword.
    """

    @wraps(function)
    def of_batch(*args: Any, **named: Any) -> Any:
        _refuse_arrays(named)
        start = next_serial()
        examples = _Examples(getattr(function, "__name__", type(function).__name__))
        one = [
            with_axes(examples.example_of, each, axes, f"argument {i}")
            for i, (each, axes) in enumerate(zip(args, _per_argument(in_axes, args), strict=True))
        ]
        size = examples.count(axis_size)
        returned = _called(function, one, named, list(examples.batched))
        return _Results(examples, size, start).of_batch(returned, out_axes)

    return of_batch


@dataclass(frozen=True)
class _Examples:
    """The placeholders of one example, with the tensors of the batch, axis of examples in front.

    function  the name of the mapped function
    shapes    per mapped leaf, its name, its shape and its axis
    """

    function: str
    batched: dict[Tensor, Tensor] = field(default_factory=dict)
    shapes: list[tuple[str, Shape, int]] = field(default_factory=list)

    def example_of(self, leaf: Any, axis: int | None, name: str) -> Any:
        """Return a placeholder for one example of a leaf; the leaf itself if it has no axis."""
        if axis is None:
            return leaf
        x = as_tensor(leaf)
        at = axis_of(axis, x.shape, name)
        self.shapes.append((name, x.shape, at))
        whole = x if at == 0 else permute_dims(x, (at, *(i for i in range(x.ndim) if i != at)))
        called = f"{self.function}, mapped by vmap,"
        placeholder = Argument(x.name or name, whole.shape[1:], x.dtype, called)
        self.batched[placeholder] = whole
        return placeholder

    def count(self, axis_size: int | None) -> int:
        """Return the number of examples; raise ShapeError if it is not known, or not one."""
        found = {shape[axis] for _, shape, axis in self.shapes}
        found |= set() if axis_size is None else {operator.index(axis_size)}
        if not found:
            raise ShapeError(
                f"vmap was to map {self.function}, but in_axes names no axis of an argument. Give "
                "an axis for one of them, or axis_size=, the number of examples."
            )
        if len(found) > 1 or min(found) < 0:
            described = [f"{shape[at]} in axis {at} of {name}" for name, shape, at in self.shapes]
            described += [] if axis_size is None else [f"axis_size={axis_size}"]
            raise ShapeError(
                f"vmap was given different numbers of examples for {self.function}: "
                f"{', '.join(described)}. They must be equal."
            )
        return found.pop()


@dataclass(frozen=True)
class _Results:
    """The results of a mapped function, whose graph began with the node number `start`."""

    examples: _Examples
    size: int
    start: int

    def of_batch(self, returned: Any, out_axes: Axes) -> Any:
        """Return the results of all examples in the structure that the function returned."""
        found: list[Tensor] = []
        axes: list[int | None] = []

        def place(leaf: Any, axis: int | None, name: str) -> int | str:
            if isinstance(leaf, str):
                return leaf
            found.append(as_tensor(leaf))
            axes.append(axis if axis is None else axis_of(axis, (1, *found[-1].shape), name))
            return len(found) - 1

        form = with_axes(place, returned, out_axes, "the result", is_leaf=False)
        tensors = self._released(self._moved(found, axes), found)
        return with_axes(
            lambda leaf, axis, name: leaf if isinstance(leaf, str) else tensors[leaf],
            form,
            None,
            "the result",
            is_leaf=False,
        )

    def _moved(self, found: Sequence[Tensor], axes: Sequence[int | None]) -> list[Tensor]:
        graph = batched_graph(found, self.examples.batched, self.size)
        results = []
        for each, axis in zip(found, axes, strict=True):
            if each not in graph.mapped:
                same = graph.same.get(each, each)
                results.append(same if axis is None else self._repeated(same, axis))
            elif axis is None:
                raise ShapeError(
                    f"out_axes is None for {each.label}, a result of {self.examples.function} that "
                    "differs between examples. Give the axis of the examples, 0 for the first, or "
                    "reduce the result of the batch outside vmap."
                )
            else:
                results.append(_with_front_at(graph.mapped[each], axis))
        return results

    def _repeated(self, x: Tensor, axis: int) -> Tensor:
        wide = x.reshape(*x.shape[:axis], 1, *x.shape[axis:])
        return broadcast_to(wide, (*x.shape[:axis], self.size, *x.shape[axis:]))

    def _released(self, results: Sequence[Tensor], of_one: Sequence[Tensor]) -> list[Tensor]:
        """Return results that only leaves made in the call lead to as constants."""
        order = topological_order(of_one)
        own = [each for each in order if each.primitive is None and each.serial > self.start]
        return released(results, own) if own else list(results)


def _with_front_at(x: Tensor, axis: int) -> Tensor:
    """Return `x` with its first axis moved to `axis`."""
    order = [*range(1, x.ndim)]
    order.insert(axis, 0)
    return permute_dims(x, order) if axis else x


def _per_argument(in_axes: Axes, args: Sequence[Any]) -> Sequence[Axes]:
    """Return the axes of every argument; raise ShapeError for another number of them."""
    if not isinstance(in_axes, tuple | list | dict):
        return [in_axes] * len(args)
    if isinstance(in_axes, dict) or len(in_axes) != len(args):
        raise ShapeError(
            f"vmap was given in_axes={in_axes!r} for {len(args)} positional arguments. Give one "
            "number or None for all, or a tuple with one entry per argument."
        )
    return in_axes


def _called(
    function: Callable[..., Any],
    args: Sequence[Any],
    named: dict[str, Any],
    placeholders: Sequence[Tensor],
) -> Any:
    """Call the function; raise ImmutableError for a compiled update with values of an example."""
    trace = current_trace()
    before = 0 if trace is None else len(trace.updates)
    returned = function(*args, **named)
    updates = [] if trace is None else trace.updates[before:]
    for update in updates:
        order = topological_order(update.sources)
        if not depending_on(order, placeholders).isdisjoint(update.sources):
            raise ImmutableError(
                f"The parameter {update.parameter.name!r} is updated with values of one example in "
                "a function mapped by vmap. Return the values, and update after the call with "
                "those of all examples."
            )
    return returned


def _refuse_arrays(named: dict[str, Any]) -> None:
    """Raise DTypeError for an array or tensor given by keyword."""
    for name, each in named.items():
        if isinstance(each, Tensor | np.ndarray) and each.ndim:
            raise DTypeError(
                f"A function mapped by vmap was given the array {name} by keyword. in_axes names "
                "the axes of positional arguments: give it by position, or bind it with a lambda."
            )
