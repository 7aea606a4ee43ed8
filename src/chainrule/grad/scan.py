"""Scan: a cell run along a sequence, as one gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.grad.residuals import with_residuals
from chainrule.grad.through_time import through_time
from chainrule.graph import (
    Argument,
    Body,
    DType,
    DTypeError,
    Example,
    ImmutableError,
    Input,
    Notation,
    Operand,
    Primitive,
    PrimitiveError,
    ShapeError,
    Tensor,
    apply,
    as_tensor,
    current_trace,
    declare,
    depending_on,
    float64,
    is_float,
    promote,
    topological_order,
)
from chainrule.ops import closed, loop_branch, loop_infer, run_loop, tanh

Cell = Callable[[Any, Any], tuple[Any, Any]]
_NUMBERS = (float, int, bool)
_CELL = "the cell of a scan"


def _example_body() -> Body:
    """Return the body of s' = s x + tanh(w), with the output s' s."""
    state, step, weight = (Input(name, (2,), float64, None) for name in ("s", "x", "w"))
    new = state * step + tanh(weight)
    return Body((state,), (step,), (weight,), (new,), (new * state,))


_BODY = _example_body()

SCAN = declare(
    Primitive(
        name="scan",
        family="loop",
        accepts="any",
        promotes=(),
        infer=loop_infer,
        numpy=run_loop,
        lowering="loop",
        vjp=through_time,
        jvp="transpose",
        jacobian="dense",
        notation=lambda *operands, **_: Notation(f"scan({', '.join('{}' for _ in operands)})"),
        says=lambda gate: (
            f"runs its cell of {len(gate.attributes['body'].gates)} gates over "
            f"{gate.attributes['length']} steps: gradient goes back through time, from the last "
            "step to the first"
        ),
        branch=loop_branch,
        selective=True,
        examples=tuple(
            Example(
                (Operand((2,)), Operand((length, 2)), Operand((2,))),
                {"body": _BODY, "length": length, "reverse": reverse},
            )
            for length, reverse in ((3, False), (2, True), (1, False))
        ),
    )
)


def scan(
    cell: Cell, state: Any, inputs: Any = None, *, length: int | None = None, reverse: bool = False
) -> tuple[Any, Any]:
    """Run `cell` along a sequence, and return the final state and the outputs of all steps.

        def cell(state, x):
            new_state = cr.tanh(x + state @ U)
            return new_state, new_state

        last, all_states = cr.scan(cell, first, inputs)

    cell     (state, x) -> (new state, output), in functions of chainrule; the output may be None.
             It is called once, on tensors without values, and may use parameters and other tensors
    state    the state before the first step: a tensor, or a tuple of tensors, floating-point, of
             one dtype; Python numbers take the dtype of the others
    inputs   a tensor (steps, ...), or a tuple of them, of any dtype; x is its part of one step, or
             a tuple. None if there are no inputs
    length   the number of steps, needed where there are no inputs
    reverse  True: from the last step to the first; the outputs stand at their own positions
    returns  the state after all steps, and the outputs, (steps, ...), in the form that the cell
             gives them; with no steps the state is the first one

    The gradient is backpropagation through time, a loop in the other direction. It keeps the
    states, and of every step what the cell's backward reads. What the cell draws from a `Stream` is
    drawn once, as the cell is called once: every step sees the same numbers; draw them outside, for
    all steps, and scan over them. Raises ShapeError or DTypeError if a new state differs from the
    state in shape or dtype, or if a state or output is not floating-point of the one dtype;
    UnboundInputError for a branch on a state or input; ImmutableError for an update of a parameter.
    """
    stacks = tuple(as_tensor(each) for each in _parts(inputs))
    steps = _length(stacks, length)
    initial = _initial(state, stacks)
    states = [Argument(each.name or "state", each.shape, each.dtype, _CELL) for each in initial]
    entering = [Argument(each.name or "x", each.shape[1:], each.dtype, _CELL) for each in stacks]
    new, output = _traced(cell, _like(state, states), _like(inputs, entering), states + entering)
    new_states, outputs = _new_states(state, new, states), _outputs(output, states)
    body, captured = closed(states, entering, new_states, outputs)
    operands = (*initial, *stacks, *captured)
    moving = [
        placeholder
        for placeholder, each in zip(body.placeholders, operands, strict=True)
        if each.tracked and is_float(each.dtype)
    ]
    body = with_residuals(body, moving) if moving else body
    loop = apply(SCAN, *operands, body=body, length=steps, reverse=reverse)
    finals, stacked = _read(loop, body, steps)
    return _like(state, finals), _like(output, stacked[: len(outputs)])


def _is_number(given: Any) -> bool:
    """Say whether a state or output takes the dtype of the others."""
    return type(given) in _NUMBERS or (isinstance(given, Tensor) and given.weak)


def _parts(tree: Any) -> tuple[Any, ...]:
    """Return what a tuple holds, nothing for None, and else the one thing itself."""
    if tree is None:
        return ()
    return tuple(tree) if isinstance(tree, tuple) else (tree,)


def _like(tree: Any, parts: Sequence[Tensor]) -> Any:
    """Return `parts` in the form of `tree`."""
    if tree is None:
        return None
    if not isinstance(tree, tuple):
        return parts[0]
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def _length(stacks: Sequence[Tensor], length: int | None) -> int:
    for each in stacks:
        if each.ndim == 0:
            raise ShapeError(
                f"scan was given the scalar {each.label} to run along. Inputs have an axis of "
                "steps in front; let the cell use what is the same at every step directly."
            )
    asked = {each.shape[0] for each in stacks} | ({length} if length is not None else set())
    if len(asked) != 1 or min(asked) < 0:
        shapes = ", ".join(f"{each.label} {list(each.shape)}" for each in stacks) or "no inputs"
        raise ShapeError(
            f"scan was given {shapes} and length={length}, which do not say how many steps there "
            "are. All inputs have the same number of steps on their first axis; without inputs "
            "give length=."
        )
    return int(asked.pop())


def _initial(state: Any, stacks: Sequence[Tensor]) -> tuple[Tensor, ...]:
    given = _parts(state)
    strong = [as_tensor(each).dtype for each in given if not _is_number(each)]
    floats = [each for each in (*strong, *(each.dtype for each in stacks)) if is_float(each)]
    weak = promote(*floats) if floats else float64
    initial = tuple(as_tensor(each, weak if _is_number(each) else None) for each in given)
    for each in initial:
        _require_float(f"the state {each.label}", each, initial[0].dtype)
    return initial


def _require_float(what: str, found: Tensor, dtype: DType) -> None:
    if not is_float(found.dtype) or found.dtype != dtype:
        wanted = dtype if is_float(dtype) else "float32 or float64"
        raise DTypeError(
            f"In a scan {what} is {found.dtype}. States and outputs are floating-point of one "
            f"dtype, here {wanted}: convert with astype({str(wanted).split()[0]!r}); integers and "
            "masks can be inputs, or be used by the cell."
        )


def _traced(cell: Cell, state: Any, x: Any, placeholders: Sequence[Tensor]) -> tuple[Any, Any]:
    """Call the cell; refuse what it updates by the numbers of a step."""
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
    given = _parts(new)
    if len(given) != len(states) or isinstance(new, tuple) != isinstance(state, tuple):
        raise PrimitiveError(
            f"The cell of a scan returned a state of {len(given)} parts for one of {len(states)}. "
            "The new state has the form of the state: a tensor, or a tuple of as many."
        )
    pairs = zip(given, states, strict=True)
    found = [as_tensor(x, old.dtype if _is_number(x) else None) for x, old in pairs]
    for i, (each, old) in enumerate(zip(found, states, strict=True)):
        if each.shape != old.shape:
            raise ShapeError(
                f"The cell of a scan turns its state {i}, {old.name!r} of shape {old.shape}, into "
                f"{each.label} of shape {each.shape}. A state keeps its shape from step to step; "
                "begin with one of the full shape, for example zeros."
            )
        _require_float(f"the new state {i}, {each.label},", each, old.dtype)
    return found


def _outputs(output: Any, states: Sequence[Tensor]) -> list[Tensor]:
    weak = states[0].dtype if states else float64
    given = _parts(output)
    found = [as_tensor(each, weak if _is_number(each) else None) for each in given]
    if not found and not states:
        raise PrimitiveError(
            "The cell of a scan has no state and no output, so that there is nothing to compute. "
            "Return an output: (), y."
        )
    for each in found:
        _require_float(f"the output {each.label}", each, (*states, *found)[0].dtype)
    return found


def _read(loop: Tensor, body: Body, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return the final states and the stacked outputs, cut out of the loop's flat result."""
    fields = body.fields(steps)
    first = len(body.states)
    finals = [loop[f.stop - f.step : f.stop].reshape(f.shape[1:]) for f in fields[:first]]
    stacked = [loop[f.start : f.stop].reshape(f.shape) for f in fields[first:]]
    return finals, stacked
