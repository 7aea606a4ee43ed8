"""One step of a scan: calls the cell with placeholders and checks its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.graph import (
    Argument,
    DType,
    DTypeError,
    ImmutableError,
    PrimitiveError,
    ShapeError,
    Tensor,
    as_tensor,
    bool_,
    current_trace,
    depending_on,
    float64,
    is_float,
    promote,
    topological_order,
)
from chainrule.graph.dtypes import promote_scalar
from chainrule.graph.promotion import PYTHON_NUMBERS

CellFunction = Callable[[Any, Any], tuple[Any, Any]]
_CELL = "the cell of a scan"
_OF_KIND = {"f": float, "i": int, "u": int, "b": bool}


@dataclass(frozen=True, eq=False)
class ScanStep:
    """The placeholders and results of one call of the cell.

    initial     the states before the first step
    states      the placeholders of the states
    entering    the placeholders of the slices of the inputs
    output      the output as the cell returned it, which has its structure
    new_states  the states after the step
    outputs     the tensors of the output
    """

    initial: Sequence[Tensor]
    states: Sequence[Tensor]
    entering: Sequence[Tensor]
    output: Any
    new_states: Sequence[Tensor]
    outputs: Sequence[Tensor]


def step_of(cell: CellFunction, state: Any, inputs: Any, stacks: Sequence[Tensor]) -> ScanStep:
    """Call the cell; repeat if states given as Python integers or bools need a wider dtype."""
    weak = _weak(parts_of(state), stacks)
    initial = _initial(parts_of(state), weak or float64)
    while True:
        step = _called(cell, state, inputs, initial, stacks)
        wider = {
            i: _wider(step, i, weak)
            for i, each in enumerate(parts_of(state))
            if _number(each) in (int, bool)
        }
        if all(wider[i] == initial[i].dtype for i in wider):
            _require_lasting(step)
            _require_one_float("the output", [*step.new_states, *step.outputs])
            return step
        initial = [each.astype(wider.get(i, each.dtype)) for i, each in enumerate(initial)]


def _called(
    cell: CellFunction, state: Any, inputs: Any, initial: Sequence[Tensor], stacks: Sequence[Tensor]
) -> ScanStep:
    """Call the cell with placeholders of the initial states and of the input slices."""
    states = [Argument(each.name or "state", each.shape, each.dtype, _CELL) for each in initial]
    entering = [Argument(each.name or "x", each.shape[1:], each.dtype, _CELL) for each in stacks]
    new, output = _traced(cell, like(state, states), like(inputs, entering), states + entering)
    new_states, outputs = _new_states(state, new, states), _outputs(output, states)
    return ScanStep(initial, states, entering, output, new_states, outputs)


def _weak(given: Sequence[Any], stacks: Sequence[Tensor]) -> DType | None:
    """Return the dtype of Python floats: the promoted dtype of all float tensors, or None."""
    strong = [as_tensor(each).dtype for each in given if _number(each) is None]
    floats = [each for each in (*strong, *(each.dtype for each in stacks)) if is_float(each)]
    return promote(*floats) if floats else None


def _initial(given: Sequence[Any], weak: DType) -> list[Tensor]:
    initial = [as_tensor(each, weak if _number(each) is float else None) for each in given]
    _require_one_float("the state", initial)
    return initial


def _wider(step: ScanStep, i: int, weak: DType | None) -> DType:
    """Return the dtype, at all steps, of a state given as a Python integer or bool."""
    old, found = step.states[i].dtype, step.new_states[i].dtype
    if promote(old, found) == old:
        return old
    if weak is not None and is_float(found) and not is_float(old):
        return weak
    return found


def _require_lasting(step: ScanStep) -> None:
    """Raise DTypeError if the dtype of a state changes in the step."""
    for i, (old, new) in enumerate(zip(step.states, step.new_states, strict=True)):
        if old.dtype != new.dtype:
            raise DTypeError(
                f"In a scan the new state {i}, {new.label}, is {new.dtype}, but the state "
                f"{old.name!r} is {old.dtype}. A state keeps its dtype from step to step: convert "
                f"with astype({str(old.dtype)!r}) in the cell, or begin with {new.dtype}."
            )


def _require_one_float(what: str, found: Sequence[Tensor]) -> None:
    """Raise DTypeError if there are two floating-point dtypes."""
    floats = [each for each in found if is_float(each.dtype)]
    for each in floats:
        if each.dtype != floats[0].dtype:
            wanted = floats[0].dtype
            raise DTypeError(
                f"In a scan {what} {each.label} is {each.dtype}. Floating-point states and outputs "
                f"are of one dtype, here {wanted}: convert with astype({str(wanted)!r})."
            )


def _traced(
    cell: CellFunction, state: Any, x: Any, placeholders: Sequence[Tensor]
) -> tuple[Any, Any]:
    """Call the cell; raise ImmutableError if it updates a parameter with values of a step.

    Raises PrimitiveError if the cell does not return a pair.
    """
    trace = current_trace()
    before = 0 if trace is None else len(trace.updates)
    returned = cell(state, x)
    updates = [] if trace is None else trace.updates[before:]
    sources = [each for update in updates for each in update.sources]
    if not depending_on(topological_order(sources), placeholders).isdisjoint(sources):
        raise ImmutableError(
            "The cell of a scan updates a parameter with what it computes in a step, but a cell "
            "is called once, for all steps. Return the value as a state, and update after the scan."
        )
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise PrimitiveError(
            f"The cell of a scan returned {_described(returned)}. Return a pair: the new state, "
            "and the output of the step or None."
        )
    return returned


def _described(returned: Any) -> str:
    if isinstance(returned, tuple):
        return f"{len(returned)} things"
    return f"one {type(returned).__name__}"


def _new_states(state: Any, new: Any, states: Sequence[Tensor]) -> list[Tensor]:
    """Return the new states; raise PrimitiveError or ShapeError if they differ from the states."""
    given = parts_of(new)
    if len(given) != len(states) or isinstance(new, tuple) != isinstance(state, tuple):
        raise PrimitiveError(
            f"The cell of a scan returned a state of {len(given)} parts for one of {len(states)}. "
            "The new state has the structure of the state: a tensor, or a tuple of as many."
        )
    found = [_beside(x, old.dtype) for x, old in zip(given, states, strict=True)]
    for i, (each, old) in enumerate(zip(found, states, strict=True)):
        if each.shape != old.shape:
            raise ShapeError(
                f"The cell of a scan turns its state {i}, {old.name!r} of shape {old.shape}, into "
                f"{each.label} of shape {each.shape}. A state keeps its shape from step to step; "
                "begin with one of the full shape, for example zeros."
            )
    return found


def _outputs(output: Any, states: Sequence[Tensor]) -> list[Tensor]:
    """Return the outputs as tensors; raise PrimitiveError without any state and output."""
    floats = [each.dtype for each in states if is_float(each.dtype)]
    found = [_beside(each, floats[0] if floats else bool_) for each in parts_of(output)]
    if not found and not states:
        raise PrimitiveError(
            "The cell of a scan has no state and no output, so that there is nothing to compute. "
            "Return an output: (), y."
        )
    return found


def _beside(x: Any, dtype: DType) -> Tensor:
    """Return `x` as a tensor; a Python number has `dtype` unless its own kind promotes higher."""
    number = _number(x)
    return as_tensor(x, promote_scalar(number, dtype) if number else None)


def _number(given: Any) -> type | None:
    """Return the type of a Python number or of a tensor made from one; None for other values."""
    if isinstance(given, Tensor):
        return _OF_KIND[given.dtype.kind] if given.weak else None
    return type(given) if type(given) in PYTHON_NUMBERS else None


def parts_of(tree: Any) -> tuple[Any, ...]:
    """Return the elements of a tuple, () for None, and (tree,) for any other value."""
    if tree is None:
        return ()
    return tuple(tree) if isinstance(tree, tuple) else (tree,)


def like(tree: Any, parts: Sequence[Tensor]) -> Any:
    """Return `parts` in the structure of `tree`."""
    if tree is None:
        return None
    if not isinstance(tree, tuple):
        return parts[0]
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
