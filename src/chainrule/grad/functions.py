"""Derivatives of functions: grad, value_and_grad, vjp and jvp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

import numpy as np

from chainrule.grad.argument_trees import leaves, like, mapped
from chainrule.grad.forward import tangents
from chainrule.grad.release import released
from chainrule.grad.reverse import gradients
from chainrule.graph import (
    GradientError,
    Input,
    ShapeError,
    Tensor,
    TensorLike,
    ValueRead,
    as_tensor,
    flowing_from,
    is_float,
    recorded_value_reads,
    topological_order,
)
from chainrule.ops import identity

P = ParamSpec("P")
R = TypeVar("R")
Argnums = int | Sequence[int]
_numbers = count(1)


def moving(value: Any) -> Tensor:
    """Return a new tensor with this value as an input of a derivative.

    A tensor of an outer graph stays connected to it, so that derivatives can be nested. Raises
    GradientError if the dtype of `value` is not floating-point.
    """
    if isinstance(value, Tensor) and value.tracked and is_float(value.dtype):
        return identity(value)
    given = as_tensor(value)
    if not is_float(given.dtype):
        raise GradientError(
            f"A derivative with respect to {value!r} was requested, but it is {given.dtype}, and "
            "only floating-point values have derivatives. Write 2.0 for 2, convert with "
            "astype('float64'), or bind the argument in a lambda."
        )
    x = Input(f"x{next(_numbers)}", given.shape, given.dtype, given.read())
    x.bindable = False
    return x


def value_and_grad(function: Callable[P, R], argnums: Argnums = 0) -> Callable[P, tuple[R, Any]]:
    """Return a function that computes the value and the gradient of `function`.

    function  of arrays, tensors, or nested lists, tuples and dicts of them, to a scalar
    argnums   the position, or positions, of the arguments to differentiate with respect to
    returns   a function of the same arguments to (value, gradient). The gradient has the structure,
              shapes and dtypes of its argument; a sequence of argnums returns a tuple. The gradient
              is zero if the value does not depend on the argument

    The returned function runs one forward and one reverse pass. It raises GradientError for integer
    arguments, for a result that is not a scalar tensor, and if the derivative is lost because the
    function reads a value outside the graph (`.value`, `float`, a NumPy function); the message
    names the line.
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @wraps(function)
    def differentiated(*args: P.args, **kwargs: P.kwargs) -> tuple[Any, Any]:
        chosen, output, left = run(function, positions, args, kwargs)
        flat = leaves(chosen)
        found = [
            gradient_or_zero(g, x, left) for g, x in zip(gradients(output, flat), flat, strict=True)
        ]
        output, *found = released([output, *found], flat)
        grads = like(chosen, found)
        return output, grads[0] if isinstance(argnums, int) else tuple(grads)

    return differentiated


def grad(function: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return a function that computes the gradient of `function`.

    Arguments, results and errors are those of `value_and_grad`. Derivatives can be nested:
    `cr.grad(cr.grad(f))` is the second derivative of a function of a scalar.
    """
    both = value_and_grad(function, argnums)

    @wraps(function)
    def differentiated(*args: P.args, **kwargs: P.kwargs) -> Any:
        return both(*args, **kwargs)[1]

    return differentiated


def vjp(
    function: Callable[..., R], *args: Any
) -> tuple[R, Callable[[TensorLike], tuple[Any, ...]]]:
    """Return `function(*args)` and its pullback, which computes vector-Jacobian products.

    function  of arrays, tensors, or nested lists, tuples and dicts of them, to a tensor
    args      its arguments, floating-point
    returns   (value, pullback). The pullback takes an upstream gradient u of the shape of the value
              and returns uᵀ J, a tuple with one gradient per argument

    Each call of the pullback runs one reverse pass. Raises GradientError as `value_and_grad` does,
    but the value need not be a scalar.
    """
    chosen, output, left = run(function, tuple(range(len(args))), args, {})

    def pullback(upstream: TensorLike) -> tuple[Any, ...]:
        flat = leaves(chosen)
        pairs = zip(gradients(output, flat, as_tensor(upstream)), flat, strict=True)
        return tuple(like(chosen, [gradient_or_zero(g, x, left) for g, x in pairs]))

    return output, pullback


def jvp(
    function: Callable[..., R], primals: Sequence[Any], directions: Sequence[Any]
) -> tuple[R, Tensor]:
    """Return `function(*primals)` and its directional derivative, the Jacobian-vector product.

    primals     the arguments, floating-point
    directions  the tangents t, of the structure and shapes of `primals`
    returns     (value, J t), of equal shapes

    Uses forward mode. Raises ShapeError if a direction and its primal differ in shape,
    GradientError if they differ in number, and as `value_and_grad` does; the value need not be a
    scalar.
    """
    chosen, output, left = run(function, tuple(range(len(primals))), tuple(primals), {})
    flat = leaves(chosen)
    flat_directions = [leaf for each in directions for leaf in leaves(each)]
    if len(flat) != len(flat_directions):
        raise GradientError(
            f"jvp was given {len(flat)} primals and {len(flat_directions)} directions. "
            "Give one direction per primal."
        )
    seeds = {}
    for x, direction in zip(flat, flat_directions, strict=True):
        t = as_tensor(direction).astype(x.dtype)
        if t.shape != x.shape:
            raise ShapeError(
                f"jvp was given a direction of shape {t.shape} for a primal of shape {x.shape}. "
                "A tangent has the shape of its tensor."
            )
        seeds[x] = t
    return output, tangent_or_zero(tangents([output], seeds)[0], output, flat, left)


def run(
    function: Callable[..., Any],
    positions: tuple[int, ...],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[list[Any], Any, list[ValueRead]]:
    """Call `function` with the arguments at `positions` replaced by new tensors.

    Return these arguments, the output, and the value reads. Raises GradientError for a position
    without an argument, and if the output is not one tensor.
    """
    if any(not -len(args) <= each < len(args) for each in positions):
        raise GradientError(
            f"A gradient with respect to argument {max(positions)} was requested, but the function "
            f"was called with {len(args)} arguments. Arguments are counted from 0."
        )
    changed = list(args)
    for each in positions:
        changed[each] = mapped(moving, args[each])
    with recorded_value_reads() as left:
        output = function(*changed, **kwargs)
    if not isinstance(output, Tensor):
        raise GradientError(
            f"The function returned a value of type {type(output).__name__} instead of one tensor. "
            "Return what chainrule's functions computed, without .item(), float() or NumPy in "
            "between."
        )
    return [changed[each] for each in positions], output, left


def gradient_or_zero(gradient: Tensor | None, x: Tensor, left: Sequence[ValueRead]) -> Tensor:
    """Return the gradient with respect to `x`, or zeros if there is no path to the output.

    Raises GradientError if there is no path and a value that depends on `x` was read.
    """
    if gradient is not None:
        return gradient
    _refuse_lost_paths([x], left)
    return as_tensor(np.zeros(x.shape, x.dtype))


def tangent_or_zero(
    tangent: Tensor | None, output: Tensor, moving: Sequence[Tensor], left: Sequence[ValueRead]
) -> Tensor:
    """Return the tangent of the output, or zeros if there is no path from `moving`.

    Raises GradientError if there is no path and a value that depends on `moving` was read.
    """
    if tangent is not None:
        return tangent
    _refuse_lost_paths(moving, left)
    return as_tensor(np.zeros(output.shape, output.dtype))


def _refuse_lost_paths(moving: Sequence[Tensor], left: Sequence[ValueRead]) -> None:
    """Raise GradientError if a value that depends on `moving` was read outside the graph."""
    for each in left:
        if not flowing_from(topological_order([each.tensor]), moving).isdisjoint([each.tensor]):
            raise GradientError(
                f"The derivative with respect to an argument would be zero, because the value of "
                f"{each.tensor.label} left the graph by {each.way} at {each.origin}: "
                f"{each.origin.source or 'a line whose source is not known'}. What is computed "
                "from it there is a constant to the graph. Compute it with chainrule's functions, "
                "or write cr.stop_gradient(...) around it if no gradient is wanted."
            )
