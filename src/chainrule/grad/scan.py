"""Scan: applies a cell to every step of a sequence, as one gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.grad.batched_scan import batched_scan
from chainrule.grad.scan_dtypes import Carrier
from chainrule.grad.scan_residuals import with_residuals
from chainrule.grad.scan_segments import scan_in_segments, segment_length
from chainrule.grad.scan_step import CellFunction, ScanStep, like, parts_of, step_of
from chainrule.grad.through_time import through_time
from chainrule.graph import (
    Body,
    Example,
    Input,
    Notation,
    Operand,
    Primitive,
    ShapeError,
    Tensor,
    apply,
    as_tensor,
    declare,
    float64,
    is_float,
    promote,
    rebuild,
)
from chainrule.ops import closed_body, run_scan, scan_branch, scan_infer, tanh


def _example_body() -> Body:
    """Return the body of s' = s x + tanh(w), with the output s' s."""
    state, step, weight = (Input(name, (2,), float64, None) for name in ("s", "x", "w"))
    new = state * step + tanh(weight)
    return Body((state,), (step,), (weight,), (new,), (new * state,))


_BODY = _example_body()

SCAN = declare(
    Primitive(
        name="scan",
        family="scan",
        accepts="any",
        promotes=(),
        infer=scan_infer,
        numpy=run_scan,
        lowering="scan",
        vjp=through_time,
        jvp="transpose",
        jacobian="dense",
        notation=lambda *operands, **_: Notation(f"scan({', '.join('{}' for _ in operands)})"),
        says=lambda gate: (
            f"runs its cell of {len(gate.attributes['body'].gates)} gates over "
            f"{gate.attributes['length']} steps: gradient goes back through time, from the last "
            "step to the first"
        ),
        branch=scan_branch,
        selective=True,
        examples=tuple(
            Example(
                (Operand((2,)), Operand((length, 2)), Operand((2,))),
                {"body": _BODY, "length": length, "reverse": reverse},
            )
            for length, reverse in ((3, False), (2, True), (1, False))
        ),
        vmap=batched_scan,
    )
)


def scan(
    cell: CellFunction,
    state: Any,
    inputs: Any = None,
    *,
    length: int | None = None,
    reverse: bool = False,
    checkpoint: bool | int = False,
) -> tuple[Any, Any]:
    """Apply `cell` to every step of a sequence; return the final state and all outputs.

        def cell(state, x):
            new_state = cr.tanh(x + state @ U)
            return new_state, new_state

        last, all_states = cr.scan(cell, first, inputs)

    cell     (state, x) -> (new state, output), in functions of chainrule; the output can be None.
             It is called once, with tensors without values, and can use outer tensors
    state    the state before the first step: a tensor or a tuple of tensors. All floating-point
             states have one dtype; integer and bool states are allowed too. Python floats take the
             dtype of the other floating-point states and inputs; Python integers and bools become
             floats if the cell computes floats from them
    inputs   a tensor (steps, ...), or a tuple of such tensors, of any dtype; x is the slice of one
             step, or a tuple of slices. None for a scan without inputs
    length   the number of steps, required without inputs
    reverse  whether to run from the last step to the first; outputs keep their positions
    checkpoint  k: the backward computes segments of k steps again, from their first states. Between
             forward and backward the scan keeps one state per segment, and in the backward what one
             segment needs. True: k is the square root of the number of steps, so that memory grows
             with the square root. Gradients are those without checkpoint, up to rounding; the
             backward costs one forward more
    returns  the state after all steps, and the outputs, (steps, ...), in the structure that the
             cell returns; for zero steps the initial state

    The gradient is computed by backpropagation through time, a scan in the opposite direction. The
    states, and the tensors of every step that the backward reads, are stored. A cell that takes
    keys from a `Stream` takes them once, so that every step has the same random numbers: draw them
    outside, for all steps, and pass them as inputs. The cell is called again if a Python integer
    becomes a float. Raises ShapeError or DTypeError if a new state differs from the state in shape
    or dtype; ShapeError if the number of steps is missing or inconsistent; DTypeError for
    floating-point values of two dtypes; PrimitiveError if the cell does not return a state and an
    output; UnboundInputError for a branch on a state or input; ImmutableError for an update of a
    parameter with values of a step; ValueError for `checkpoint` below 1.
    """
    stacks = tuple(as_tensor(each) for each in parts_of(inputs))
    steps = _length(stacks, length)
    step = step_of(cell, state, inputs, stacks)
    every = segment_length(checkpoint, steps) if checkpoint is not False else steps
    if every < steps:
        initial, moved = like(state, step.initial), like(inputs, stacks)
        return scan_in_segments(scan, cell, initial, moved, steps, reverse, every)
    carriers = _carriers(step)
    body, captured = _body(step, carriers)
    first = len(step.states)
    initial = [part for c, x in zip(carriers, step.initial, strict=False) for part in c.packed(x)]
    operands = (*initial, *stacks, *captured)
    plain = [c.is_plain for c in carriers[:first] for _ in range(c.digits)]
    moving = [
        placeholder
        for i, (placeholder, each) in enumerate(zip(body.placeholders, operands, strict=True))
        if each.tracked and is_float(each.dtype) and (i >= len(plain) or plain[i])
    ]
    moving = moving if is_float(body.dtype) else []
    body = with_residuals(body, moving) if moving else body
    loop = apply(SCAN, *operands, body=body, length=steps, reverse=reverse)
    finals, stacked = _read(loop, body, steps)
    return (
        like(state, _unpacked(carriers[:first], finals)),
        like(step.output, _unpacked(carriers[first:], stacked)),
    )


def _carriers(step: ScanStep) -> list[Carrier]:
    """Return the conversion of every state and output to the dtype of the scan."""
    results = [*step.new_states, *step.outputs]
    loop = promote(*(each.dtype for each in results))
    return [Carrier(each.dtype, loop) for each in results]


def _body(step: ScanStep, carriers: Sequence[Carrier]) -> tuple[Body, tuple[Tensor, ...]]:
    """Return the body of the scan in the dtype of its result, and the tensors that it captures."""
    pairs = list(zip(carriers, step.states, strict=False))
    placeholders = [carrier.placeholders(each) for carrier, each in pairs]
    exchanged = {
        each: carrier.unpacked(parts)
        for (carrier, each), parts in zip(pairs, placeholders, strict=True)
        if not carrier.is_plain
    }
    results = [*step.new_states, *step.outputs]
    made = rebuild(results, exchanged) if exchanged else {each: each for each in results}
    packed = [
        part
        for carrier, each in zip(carriers, results, strict=True)
        for part in carrier.packed(made[each])
    ]
    states = [part for parts in placeholders for part in parts]
    return closed_body(states, step.entering, packed[: len(states)], packed[len(states) :])


def _unpacked(carriers: Sequence[Carrier], parts: Sequence[Tensor]) -> list[Tensor]:
    found, start = [], 0
    for each in carriers:
        found.append(each.unpacked(parts[start : start + each.digits]))
        start += each.digits
    return found


def _length(stacks: Sequence[Tensor], length: int | None) -> int:
    """Return the number of steps; raise ShapeError if it is missing or inconsistent."""
    for each in stacks:
        if each.ndim == 0:
            raise ShapeError(
                f"scan was given the scalar {each.label} as an input. The first axis of every "
                "input is that of the steps; the cell can use a tensor that is the same at every "
                "step directly."
            )
    asked = {each.shape[0] for each in stacks} | ({length} if length is not None else set())
    if len(asked) != 1 or min(asked) < 0:
        shapes = ", ".join(f"{each.label} {list(each.shape)}" for each in stacks) or "no inputs"
        raise ShapeError(
            f"scan was given {shapes} and length={length}, from which the number of steps does not "
            "follow. All inputs must have the same number of steps on their first axis; without "
            "inputs give length=."
        )
    return int(asked.pop())


def _read(loop: Tensor, body: Body, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return the final states and the stacked outputs as slices of the flat result."""
    fields = body.fields(steps)
    first = len(body.states)
    finals = [loop[f.stop - f.step : f.stop].reshape(f.shape[1:]) for f in fields[:first]]
    stacked = [loop[f.start : f.stop].reshape(f.shape) for f in fields[first:]]
    return finals, stacked
