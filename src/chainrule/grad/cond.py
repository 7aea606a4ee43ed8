"""Cond: a branch on a value of the graph, of which only one side is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.grad.argument_trees import leaves, structure
from chainrule.grad.body_values import flat_function, flat_infer, run_once
from chainrule.grad.packing import packing_of
from chainrule.grad.pullbacks import pulled_back, pushed, zeros
from chainrule.grad.traced_function import (
    called_with,
    filled,
    flat_body,
    placeholders_of,
    with_tensors,
)
from chainrule.graph import (
    Array,
    Batch,
    Body,
    DType,
    DTypeError,
    Example,
    Input,
    Notation,
    Operand,
    Primitive,
    PrimitiveError,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    bool_,
    declare,
    float64,
    next_serial,
)
from chainrule.ops import scan_branch, tanh, where

_CALLED = "a function of cond"


def cond(
    predicate: TensorLike,
    true_function: Callable[..., Any],
    false_function: Callable[..., Any],
    *operands: Any,
) -> Any:
    """Return `true_function(*operands)` if `predicate` is true, else `false_function(*operands)`.

        y = cr.cond(x.sum() > 0, lambda x: cr.sqrt(x), lambda x: x, x)

    predicate  a bool tensor of shape ()
    functions  of the operands to tensors, or nested lists, tuples and dicts of them. Both are
               called once, with tensors without values, and can use outer tensors; they agree in
               structure, shapes and dtypes
    operands   tensors or arrays, or trees of them; other operands are passed as they are
    returns    the result of one function. Only that function is computed, in eager and in compiled
               code; `cr.where` computes both sides, element by element

    What a function computes of outer tensors alone is computed at once in eager code: pass them as
    operands. Differentiable in the operands and in the outer tensors, forward and backward; the
    backward computes the chosen function again. Raises DTypeError or ShapeError for another
    predicate, and for results that differ; PrimitiveError for results of different structure;
    ImmutableError for an update of a parameter.
    """
    chosen = _predicate(predicate)
    start = next_serial()
    made = placeholders_of(operands, _CALLED)
    (true, of_true), (false, of_false) = (
        with_tensors(called_with(each, made.tree, _CALLED, made.inputs))
        for each in (true_function, false_function)
    )
    results = _agreeing(true, false, of_true | of_false)
    if not results[0]:
        return true
    packing = packing_of(results[0])
    bodies, captured = _bodies(made.inputs, [packing.packed(each) for each in results], start)
    flat = apply(COND, chosen, *made.given, *captured, true=bodies[0], false=bodies[1])
    return filled(true, packing.unpacked(flat))


def _bodies(
    inputs: Sequence[Tensor], parts: Sequence[Sequence[Tensor]], start: int
) -> tuple[list[Body], tuple[Tensor, ...]]:
    """Return both bodies with placeholders for the operands of both, and what they capture."""
    (true, of_true), (false, of_false) = (flat_body(inputs, each, start) for each in parts)
    own = len(inputs)
    placeholders = (*true.captured, *false.captured[own:])
    bodies = [Body((), (), placeholders, (), each.outputs) for each in (true, false)]
    return bodies, (*of_true, *of_false)


def _predicate(given: TensorLike) -> Tensor:
    """Return the predicate as a tensor; raises ShapeError or DTypeError for another tensor."""
    found = as_tensor(given)
    if found.shape != ():
        raise ShapeError(
            f"cond was given the predicate {found.label} of shape {found.shape}. It chooses one "
            "side as a whole, by one bool: reduce it with cr.any or cr.all, or choose element by "
            "element with cr.where."
        )
    if found.dtype != bool_:
        raise DTypeError(
            f"cond was given the predicate {found.label} of dtype {found.dtype}. Compare it: "
            "x != 0."
        )
    return found


def _agreeing(true: Any, false: Any, numbers: set[Tensor]) -> list[list[Tensor]]:
    """Return the results of both functions; raises an error if they differ in form.

    numbers  the results that were Python numbers, which have the dtype of the other result
    """
    if structure(true) != structure(false):
        raise PrimitiveError(
            f"The functions of cond return {structure(true)} and {structure(false)}. Return the "
            "same structure of tensors from both."
        )
    flat = zip(leaves(true), leaves(false), strict=True)
    found = [_beside(a, b, numbers) for a, b in flat if a is not None]
    for i, (a, b) in enumerate(found):
        if a.shape != b.shape:
            raise ShapeError(
                f"Result {i} of the functions of cond has shape {a.shape} if the predicate is true "
                f"and {b.shape} if it is false. Both sides return tensors of the same shape."
            )
        if a.dtype != b.dtype:
            raise DTypeError(
                f"Result {i} of the functions of cond is {a.dtype} if the predicate is true and "
                f"{b.dtype} if it is false. Convert one with astype."
            )
    return [[a for a, _ in found], [b for _, b in found]]


def _beside(a: Tensor, b: Tensor, numbers: set[Tensor]) -> tuple[Tensor, Tensor]:
    if a in numbers and b not in numbers:
        return a.astype(b.dtype), b
    return (a, b.astype(a.dtype)) if b in numbers and a not in numbers else (a, b)


def _infer(predicate: Tensor, *operands: Tensor, true: Body, false: Body) -> tuple[Shape, DType]:
    return flat_infer(true)


def _run(predicate: Array, *arrays: Array, true: Body, false: Body) -> Array:
    return run_once(true if predicate else false, arrays)


def _branch(predicate: Array, *arrays: Array, true: Body, false: Body) -> Array:
    """Return the side that is taken, and the smooth pieces that its gates use."""
    body = true if predicate else false
    inside = scan_branch(*arrays, body=body, length=1, reverse=False)
    return np.asarray([predicate, inside], np.int64)


def _backward(
    g: Tensor,
    y: Tensor,
    predicate: Tensor,
    *operands: Tensor,
    true: Body,
    false: Body,
    wanted: tuple[int, ...],
) -> tuple[Tensor | None, ...]:
    """Return the downstream gradients by the side that was taken, which is computed again."""
    positions = [i - 1 for i in wanted]

    def pullback(body: Body) -> Callable[..., list[Tensor]]:
        def of_side(upstream: Tensor, *given: Tensor) -> list[Tensor]:
            found = pulled_back(body, upstream, given, positions)
            pairs = zip(found, positions, strict=True)
            return [zeros(given[i]) if each is None else each for each, i in pairs]

        return of_side

    found = cond(predicate, pullback(true), pullback(false), g, *operands)
    by_position = dict(zip(wanted, found, strict=True))
    return tuple(by_position.get(i) for i in range(1 + len(operands)))


def _forward(
    directions: Sequence[Tensor],
    y: Tensor,
    predicate: Tensor,
    *operands: Tensor,
    true: Body,
    false: Body,
) -> Tensor:
    """Return the tangent of the flat result, by the side that is taken."""

    def push(body: Body) -> Callable[..., Tensor]:
        return lambda along, given: pushed(body, along, given)

    moved = list(directions[1:])
    found: Tensor = cond(predicate, push(true), push(false), moved, list(operands))
    return found


def _batched(batch: Batch, predicate: Tensor, *operands: Tensor, true: Body, false: Body) -> Tensor:
    """Return the flat results of all examples; both sides are computed if each one chooses."""
    sides = [batch.over(flat_function(body), batch.mapped[1:]) for body in (true, false)]
    if not batch.mapped[0]:
        chosen: Tensor = cond(predicate, *sides, *operands)
        return chosen
    return where(predicate.reshape(batch.size, 1), *(side(*operands) for side in sides))


def _example_bodies() -> dict[str, Body]:
    """Return the bodies of tanh(x) and x · w."""
    x, w = (Input(name, (3,), float64, None) for name in ("x", "w"))
    sides = {"true": tanh(x), "false": x * w}
    return {name: Body((), (), (x, w), (), (each,)) for name, each in sides.items()}


COND = declare(
    Primitive(
        name="cond",
        family="scan",
        accepts="any",
        promotes=(),
        infer=_infer,
        numpy=_run,
        lowering="branch",
        vjp=_backward,
        jvp=_forward,
        jacobian="dense",
        notation=lambda *operands, **_: Notation(f"cond({', '.join('{}' for _ in operands)})"),
        says="computes one of two functions: gradient flows through that one only",
        branch=_branch,
        selective=True,
        examples=tuple(
            Example((Operand((), low, high, "bool"), Operand((3,)), Operand((3,))), bodies)
            for bodies in (_example_bodies(),)
            for low, high in ((0, 0), (1, 1))
        ),
        vmap=_batched,
    )
)
