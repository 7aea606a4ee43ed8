"""Trace: run a function once on inputs without values, and return the graph that it builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.compile.argument_form import NUMBER, TENSOR, Form, Static, branch, filled
from chainrule.graph import (
    AddRows,
    Argument,
    Array,
    Assumption,
    DType,
    GradientError,
    Input,
    Number,
    NumberInput,
    Parameter,
    Replace,
    ReplaceRows,
    Shape,
    Tensor,
    Trace,
    UnboundInputError,
    Update,
    computed_once,
    is_float,
    next_serial,
    topological_order,
    tracing,
)

Signature = tuple[tuple[Shape, DType], ...]


@dataclass(frozen=True)
class TracedGraph:
    """The graph of one traced call.

    inputs       the arguments, in order
    outputs      the tensors that the function returned, in order
    updates      the parameter updates, which are applied together after the outputs are computed
    returned     the form in which the function returned the outputs
    assumptions  what the graph depends on besides the arguments, such as the modes of modules
    numbers      the inputs whose value Python has read, by position, with the bytes of the value
    reads        per read of an updated parameter: the node that is read, the parameter, and whether
                 it is the value after the call
    start        the serial number of the first node; nodes with a smaller one were made outside
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Tensor, ...]
    updates: tuple[Update, ...] = ()
    returned: Form = TENSOR
    assumptions: tuple[Assumption, ...] = ()
    numbers: tuple[tuple[int, bytes], ...] = ()
    reads: tuple[tuple[Tensor, Parameter, bool], ...] = ()
    start: int = 0

    @property
    def results(self) -> tuple[Tensor, ...]:
        """All tensors that a run computes: the outputs, and the sources of updates."""
        return (*self.outputs, *(each for update in self.updates for each in update.sources))

    @computed_once
    def order(self) -> list[Tensor]:
        """The results and all their ancestors, each node after its inputs."""
        return topological_order(self.results)

    def holds_for(self, arrays: Sequence[Array]) -> bool:
        """Return whether the graph is that of a call with these arrays: numbers may differ."""
        return all(arrays[i].tobytes() == number for i, number in self.numbers)

    def in_returned_form(self, tensors: Sequence[Tensor]) -> Any:
        """Return the outputs in the form that the function returns."""
        return tensors[0] if self.returned is TENSOR else filled(self.returned, iter(tensors))


def with_sources(update: Update, made: Callable[[Tensor], Tensor]) -> Update:
    """Return the update with other sources."""
    if isinstance(update, Replace):
        return Replace(update.parameter, made(update.new))
    if isinstance(update, AddRows):
        return AddRows(update.parameter, *map(made, update.sources))
    return ReplaceRows(update.parameter, made(update.ids), made(update.rows), made(update.keep))


def outputs_of(returned: Any) -> tuple[Form, list[Tensor]]:
    """Return the form of the returned value of a function, and its tensors in order.

    Raises GradientError for a value that is no tensor, None, number, bool or string.
    """
    outputs: list[Tensor] = []

    def form(part: Any) -> Form:
        if isinstance(part, Tensor):
            outputs.append(part)
            return NUMBER if isinstance(part, Number) else TENSOR
        if isinstance(part, tuple | list | dict):
            _require_plain_keys(part)
            return branch(part, form)
        if part is None or isinstance(part, bool | int | float | str | np.generic):
            return Static(type(part), part)
        raise GradientError(
            f"A compiled function returned a value of type {type(part).__name__}. Return tensors, "
            "None, numbers, bools and strings, also in tuples, lists and dicts. NumPy runs only "
            "once, while the function is traced. An argument that is not an array, a tensor or a "
            "number is a setting of the function; it cannot be returned."
        )

    return form(returned), outputs


def _require_plain_keys(part: Any) -> None:
    """Raise GradientError if a key of a dict is a tensor."""
    for key in part if isinstance(part, dict) else ():
        if isinstance(key, Tensor):
            raise GradientError(
                f"A compiled function returned a dict whose key is {key.label}, which has no value "
                "while the function is traced. Use strings as keys, or int(...) of a number."
            )


def trace(
    function: Callable[..., Any],
    signature: Signature,
    names: Sequence[str],
    numbers: Mapping[int, float] | None = None,
    called: str = "a compiled function",
) -> TracedGraph:
    """Run `function` on inputs of the given shapes and dtypes, and return the graph that it builds.

    signature  shape and dtype of every input
    names      the names of the inputs
    numbers    the inputs that are Python numbers, by position, with their values in this call
    called     the name of the function in messages
    """
    start = next_serial()
    given = numbers or {}
    inputs = tuple(
        NumberInput(name, given[i], dtype) if i in given else Argument(name, shape, dtype, called)
        for i, (name, (shape, dtype)) in enumerate(zip(names, signature, strict=True))
    )
    with tracing(called) as record:
        form, outputs = outputs_of(function(*inputs))
        outputs = list(map(record.as_updated, outputs))
        reads = _reads(record)
    return TracedGraph(
        inputs,
        tuple(outputs),
        tuple(record.updates),
        form,
        tuple(record.assumptions.values()),
        tuple(_read_numbers(inputs, record)),
        reads,
        start,
    )


def _reads(record: Trace) -> tuple[tuple[Tensor, Parameter, bool], ...]:
    """Return the reads of updated parameters that may have a gradient."""
    pairs = [(node, each) for node, each in record.reads.items() if is_float(each.dtype)]
    return tuple((node, each, record.as_updated(each) is node) for node, each in pairs)


def _read_numbers(inputs: Sequence[Input], record: Trace) -> Iterator[tuple[int, bytes]]:
    """Yield the inputs whose value Python has read, by position, with the bytes of the value."""
    for i, each in enumerate(inputs):
        if isinstance(each, NumberInput) and each in record.numbers:
            yield i, np.asarray(each.number, each.dtype).tobytes()


def require_bound(traced: TracedGraph) -> None:
    """Raise UnboundInputError for an input that has no value and is no argument."""
    arguments = set(traced.inputs)
    for each in traced.order:
        if isinstance(each, Input) and not each.known and each not in arguments:
            raise UnboundInputError(
                f"A compiled function uses the input {each.name!r}, which has no value and is not "
                "one of its arguments. Pass it to the function, or make it with a value: "
                f"cr.input({each.name!r}, value=...)."
            )
