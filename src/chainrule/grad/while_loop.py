"""While loop: a number of steps that depends on values of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.grad.argument_trees import leaves, mapped, structure
from chainrule.grad.batched_loop import BatchedLoop
from chainrule.grad.body_values import compute_into
from chainrule.grad.cond import cond
from chainrule.grad.forward import tangents
from chainrule.grad.packing import Packing, flattened, packing_of
from chainrule.grad.pullbacks import zeros
from chainrule.grad.reverse import sweep_from
from chainrule.grad.scan import scan
from chainrule.grad.traced_function import called_with, filled, placeholders_of, with_tensors
from chainrule.graph import (
    Array,
    Batch,
    Body,
    Constant,
    DType,
    DTypeError,
    Example,
    GradientError,
    Input,
    Notation,
    Operand,
    Primitive,
    PrimitiveError,
    Shape,
    ShapeError,
    Tensor,
    apply,
    as_tensor,
    bool_,
    declare,
    float64,
    is_float,
    promote,
    rebuild,
)
from chainrule.ops import closed_body, identity, logical_and

_CALLED = "a function of while_loop"
State = Sequence[Tensor]


def while_loop(
    condition: Callable[[Any], Any],
    body: Callable[[Any], Any],
    initial: Any,
    *,
    max_steps: int | None = None,
) -> Any:
    """Apply `body` to the state while `condition` of the state is true; return the last state.

        root = cr.while_loop(lambda x: abs(x * x - 2) > 1e-12, lambda x: (x + 2 / x) / 2, 1.0)

    condition  a function of the state to a bool tensor of shape ()
    body       a function of the state to the new state, of the same structure, shapes and dtypes.
               Both are called once, with tensors without values, and can use outer tensors
    initial    the first state: a tensor, array or number, or a nested list, tuple or dict of them.
               A Python float takes the dtype of the floating-point tensors of the state
    max_steps  the largest number of steps: the loop then ends also if the condition is still true

    The loop is one gate; compiled, it is native code. Forward mode (`cr.jvp`) works for any loop.
    Reverse mode needs `max_steps`: the backward computes the loop again as a scan of `max_steps`
    steps, of which those after the end do nothing, and keeps the states of all of them. Under
    `cr.vmap` all examples are in one loop, until the last of them has ended.

    Raises GradientError for a gradient without `max_steps`; ShapeError, DTypeError or
    PrimitiveError if the new state or the condition does not fit; ImmutableError for an update of a
    parameter; ValueError for a negative `max_steps`.
    """
    first = _initial(initial)
    if max_steps is None:
        return filled(first, _looped(condition, body, first, None))
    if max_steps < 0:
        raise ValueError(f"while_loop was given max_steps={max_steps}. Give a number of 0 or more.")

    def goes_on(state: Any) -> Any:
        return logical_and(state[1] < max_steps, _condition(condition(state[0])))

    def counted(state: Any) -> Any:
        return body(state[0]), state[1] + 1

    count = Constant(np.zeros((), np.int64))
    return filled(first, _looped(goes_on, counted, (first, count), max_steps)[:-1])


def _looped(
    condition: Callable[[Any], Any],
    body: Callable[[Any], Any],
    first: Any,
    max_steps: int | None,
) -> list[Tensor]:
    """Return the tensors of the last state of a loop."""
    made = placeholders_of(first, _CALLED)
    state = made.tree
    goes_on = _condition(called_with(condition, (state,), _CALLED, made.inputs))
    returned = called_with(body, (state,), _CALLED, made.inputs)
    new = _new_state(state, returned, made.inputs)
    packing = packing_of(made.given)
    loop, captured = closed_body(made.inputs, (), new, (goes_on, *packing.packed(made.inputs)))
    flat = apply(WHILE, *made.given, *captured, loop=loop, max_steps=max_steps)
    return packing.unpacked(flat)


def _initial(given: Any) -> Any:
    """Return the first state with tensors for arrays and numbers."""
    tree, numbers = with_tensors(given)
    if not leaves(tree):
        raise PrimitiveError(
            "while_loop was given a state without tensors, so that its condition could not change. "
            "Give the tensors that the body computes."
        )
    strong = [each.dtype for each in leaves(tree) if each not in numbers and is_float(each.dtype)]
    weak = promote(*strong) if strong else float64

    def fitted(leaf: Tensor) -> Tensor:
        return leaf.astype(weak) if leaf in numbers and is_float(leaf.dtype) else leaf

    return mapped(fitted, tree)


def _condition(found: Any) -> Tensor:
    """Return the condition as a tensor; raises ShapeError or DTypeError for another result."""
    condition = as_tensor(found)
    if condition.shape != () or condition.dtype != bool_:
        kind = ShapeError if condition.shape != () else DTypeError
        raise kind(
            f"The condition of while_loop returned {condition.label}, {condition.dtype} of shape "
            f"{condition.shape}. Return one bool: compare, and reduce with cr.any or cr.all."
        )
    return condition


def _new_state(tree: Any, returned: Any, old: State) -> list[Tensor]:
    """Return the new state; raises an error if it does not fit the state."""
    returned, numbers = with_tensors(returned)
    if structure(tree) != structure(returned):
        raise PrimitiveError(
            f"The body of while_loop returned {structure(returned)} for a state of "
            f"{structure(tree)}. The new state has the structure of the state."
        )
    new = [
        each.astype(before.dtype) if each in numbers else each
        for each, before in zip(leaves(returned), old, strict=True)
    ]
    for i, (before, after) in enumerate(zip(old, new, strict=True)):
        if before.shape != after.shape:
            raise ShapeError(
                f"The body of while_loop turns part {i} of the state, of shape {before.shape}, "
                f"into shape {after.shape}. A state keeps its shape from step to step."
            )
        if before.dtype != after.dtype:
            raise DTypeError(
                f"The body of while_loop turns part {i} of the state, {before.dtype}, into "
                f"{after.dtype}. Convert it with astype({str(before.dtype)!r}), or begin with "
                f"{after.dtype}."
            )
    return new


def _infer(*operands: Tensor, loop: Body, max_steps: int | None) -> tuple[Shape, DType]:
    parts = loop.outputs[1:]
    return (sum(each.size for each in parts),), parts[0].dtype


def _states(arrays: Sequence[Array], loop: Body) -> Any:
    """Yield the values of the placeholders before every step, and after the last."""
    count = len(loop.states)
    still = dict(zip(loop.captured, arrays[count:], strict=True))
    state = list(arrays[:count])
    while True:
        values = {**still, **dict(zip(loop.states, state, strict=True))}
        yield dict(values)
        compute_into(values, [loop.outputs[0]])
        if not values[loop.outputs[0]]:
            return
        compute_into(values, loop.new_states)
        state = [values[each] for each in loop.new_states]


def _run(*arrays: Array, loop: Body, max_steps: int | None) -> Array:
    """Run the loop, and return the parts of the last state in one flat array."""
    *_, values = _states(arrays, loop)
    parts = loop.outputs[1:]
    compute_into(values, parts)
    return np.concatenate([values[each].reshape(-1) for each in parts])


def _branch(*arrays: Array, loop: Body, max_steps: int | None) -> Array:
    """Return the number of steps, and a hash of the smooth pieces that the gates use."""
    steps, taken = 0, []
    branching = [node for node in loop.gates if node.primitive and node.primitive.branch]
    inputs = [each for node in branching for each in node.inputs]
    for values in _states(arrays, loop):
        steps += 1
        compute_into(values, inputs)
        for node in branching:
            assert node.primitive is not None
            assert node.primitive.branch is not None
            arguments = [values[each] for each in node.inputs]
            piece = node.primitive.branch(*arguments, **node.attributes)
            taken.append(np.asarray(piece).tobytes())
    return np.asarray([steps, hash(b"".join(taken))])


def _backward(
    g: Tensor,
    y: Tensor,
    *operands: Tensor,
    loop: Body,
    max_steps: int | None,
    wanted: tuple[int, ...],
) -> tuple[Tensor | None, ...]:
    """Return the downstream gradients of a bounded loop, by a scan of all its steps."""
    if max_steps is None:
        raise GradientError(
            "The gradient of a while_loop was requested, whose number of steps is not bounded, so "
            "that the states to keep are not known in advance. Give max_steps=, the largest number "
            "of steps; use forward mode (cr.jvp, cr.jacfwd); or write cr.stop_gradient(...) around "
            "the result."
        )
    moving = [identity(each) if is_float(each.dtype) else each for each in operands]
    count = len(loop.states)

    def at(wanted: Sequence[Tensor], state: State) -> list[Tensor]:
        leaves_ = dict(zip(loop.placeholders, (*state, *moving[count:]), strict=True))
        made = rebuild(wanted, leaves_)
        return [made[each] for each in wanted]

    def cell(state: State, none: None) -> tuple[Any, None]:
        (goes_on,) = at(loop.outputs[:1], state)
        new = cond(
            goes_on,
            lambda *now: tuple(at(loop.new_states, now)),
            lambda *now: now,
            *state,
        )
        return new, None

    last, _ = scan(cell, tuple(moving[:count]), length=max_steps)
    flat = flattened(at(loop.outputs[1:], last))
    found = sweep_from([(flat, g)], [moving[i] for i in wanted]).upstream
    return tuple(found.get(each) if i in wanted else None for i, each in enumerate(moving))


def _forward(
    directions: Sequence[Tensor],
    y: Tensor,
    *operands: Tensor,
    loop: Body,
    max_steps: int | None,
) -> Tensor:
    """Return the tangent of the flat result, by a loop over the state and its tangent."""
    count = len(loop.states)
    captured = [identity(each) if is_float(each.dtype) else each for each in operands[count:]]
    moves = [i for i, each in enumerate(loop.states) if is_float(each.dtype)]

    def at(wanted: Sequence[Tensor], state: State) -> list[Tensor]:
        made = rebuild(wanted, dict(zip(loop.placeholders, (*state, *captured), strict=True)))
        return [made[each] for each in wanted]

    def goes_on(both: Any) -> Tensor:
        return at(loop.outputs[:1], both[0])[0]

    def step(both: Any) -> Any:
        state, along = both
        new = at(loop.new_states, state)
        seeds = {state[i]: each for i, each in zip(moves, along, strict=True)}
        pairs = zip(captured, directions[count:], strict=True)
        seeds |= {each: t for each, t in pairs if is_float(each.dtype)}
        found = tangents([new[i] for i in moves], seeds)
        filled = [zeros(new[i]) if t is None else t for i, t in zip(moves, found, strict=True)]
        return new, filled

    initial = [*operands[:count]], [directions[i] for i in moves]
    last = _looped(goes_on, step, initial, max_steps)
    state, along = last[:count], dict(zip(moves, last[count:], strict=True))
    packing: Packing = packing_of(state)
    moved = [along.get(i) for i in range(count)]
    return flattened(packing.tangents(moved, packing.packed(state)))


def _of_batch(batch: Batch, *operands: Tensor, loop: Body, max_steps: int | None) -> Tensor:
    """Return the flat results of all examples, by one loop."""
    many = BatchedLoop(batch, loop, operands)
    *states, _ = _looped(many.goes_on, many.step, many.initial, max_steps)
    return many.result(states)


def _example_loop() -> Body:
    """Return the body of s' = s w + d while n < 3, with n' = n + d."""
    s, n, w, d = (
        Input(name, shape, float64, None)
        for name, shape in zip("snwd", ((2,), (), (2,), ()), strict=True)
    )
    return Body((s, n), (), (w, d), (s * w + d, n + d), (n < 3, s, n))


WHILE = declare(
    Primitive(
        name="while_loop",
        family="scan",
        accepts="any",
        promotes=(),
        infer=_infer,
        numpy=_run,
        lowering="while",
        vjp=_backward,
        jvp=_forward,
        jacobian="dense",
        notation=lambda *operands, **_: Notation(
            f"while_loop({', '.join('{}' for _ in operands)})"
        ),
        says="repeats its body while a condition is true: gradient goes back step by step",
        branch=_branch,
        selective=True,
        examples=(
            Example(
                (Operand((2,)), Operand((), 0.1, 0.4), Operand((2,)), Operand((), 1.0, 1.2)),
                {"loop": _example_loop(), "max_steps": 4},
            ),
        ),
        vmap=_of_batch,
    )
)
