"""Trace: run a function once on inputs without values, and keep the graph that it builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.graph import (
    Assumption,
    DType,
    GradientError,
    Input,
    Replace,
    ReplaceRows,
    Shape,
    Tensor,
    Update,
    tracing,
)

Signature = tuple[tuple[Shape, DType], ...]


@dataclass(frozen=True)
class Traced:
    """One traced call: what goes in, what comes out, what is written.

    inputs   in the order of the arguments
    outputs  what the function returned: tensors
    single   whether it returned one tensor rather than a tuple
    updates  of parameters, all applied together after the outputs are computed
    assumptions  what the graph depends on besides the arguments, such as modes of modules
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Tensor, ...]
    single: bool
    updates: tuple[Update, ...]
    assumptions: tuple[Assumption, ...] = ()

    @property
    def results(self) -> tuple[Tensor, ...]:
        """Everything that a run must compute: the outputs and what is written."""
        return (*self.outputs, *(each for update in self.updates for each in update.sources))


def exchanged(update: Update, made: Callable[[Tensor], Tensor]) -> Update:
    """Return the same update, written from other tensors."""
    if isinstance(update, Replace):
        return Replace(update.parameter, made(update.new))
    return ReplaceRows(update.parameter, made(update.ids), made(update.rows), made(update.keep))


def outputs_of(returned: Any) -> tuple[Tensor, ...]:
    """Return the tensors that a compiled function returned; raises GradientError for others."""
    outputs = returned if isinstance(returned, tuple) else (returned,)
    if not all(isinstance(each, Tensor) for each in outputs):
        raise GradientError(
            f"A compiled function returned {type(returned).__name__}. Return tensors: one, or a "
            "tuple of them, without .item(), float() or NumPy in between."
        )
    return outputs


def trace(function: Callable[..., Any], signature: Signature, names: Sequence[str]) -> Traced:
    """Run `function` on inputs of the given shapes and dtypes, and return the graph it builds."""
    inputs = tuple(
        Input(name, shape, dtype, None)
        for name, (shape, dtype) in zip(names, signature, strict=True)
    )
    with tracing() as record:
        returned = function(*inputs)
        outputs = outputs_of(returned)
        record.refuse_outdated("the caller", outputs)
    return Traced(
        inputs,
        outputs,
        not isinstance(returned, tuple),
        tuple(record.updates),
        tuple(record.assumptions.values()),
    )
