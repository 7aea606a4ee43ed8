"""Jacobians, Hessians and Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from chainrule.grad.forward import tangents
from chainrule.grad.functions import grad, gradient_or_zero, jvp, run, tangent_or_zero
from chainrule.grad.reverse import gradients
from chainrule.graph import Tensor, TensorLike, ValueRead, as_tensor
from chainrule.ops import stack

P = ParamSpec("P")


def jacobian(function: Callable[P, Any], argnum: int = 0) -> Callable[P, Tensor]:
    """Return a function that computes the Jacobian of `function` for one argument.

    function  of tensors or arrays to a tensor
    argnum    the position of the argument
    returns   a function of the same arguments to a tensor (*output.shape, *argument.shape) in the
              dtype of the output

    The Jacobian is computed by rows in reverse mode or by columns in forward mode, in
    min(output.size, argument.size) passes. Raises GradientError as `value_and_grad` does, but the
    output need not be a scalar.
    """

    @wraps(function)
    def differentiated(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        (x,), output, left = run(function, (argnum,), args, kwargs)
        if output.size == 0 or x.size == 0:
            return as_tensor(np.zeros(output.shape + x.shape, output.dtype))
        by_rows = output.size <= x.size
        return _rows(output, x, left) if by_rows else _columns(output, x, left)

    return differentiated


def _basis(like: Tensor) -> list[Tensor]:
    """Return the unit vectors of the shape and dtype of `like`."""
    unit = np.eye(like.size, dtype=like.dtype).reshape(like.size, *like.shape)
    return [as_tensor(each) for each in unit]


def _rows(output: Tensor, x: Tensor, left: Sequence[ValueRead]) -> Tensor:
    """Return the Jacobian by rows, one reverse pass per element of the output."""
    found = (gradients(output, [x], each)[0] for each in _basis(output))
    rows = [gradient_or_zero(each, x, left) for each in found]
    return stack(rows).reshape(output.shape + x.shape)


def _columns(output: Tensor, x: Tensor, left: Sequence[ValueRead]) -> Tensor:
    """Return the Jacobian by columns, one forward pass per element of `x`."""
    found = (tangents([output], {x: each})[0] for each in _basis(x))
    columns = [tangent_or_zero(each, output, [x], left) for each in found]
    return stack(columns, axis=output.ndim).reshape(output.shape + x.shape)


def hessian(function: Callable[P, Any], argnum: int = 0) -> Callable[P, Tensor]:
    """Return a function that computes the Hessian of a scalar function for one argument.

    function  of tensors or arrays to a scalar
    argnum    the position of the argument
    returns   a function of the same arguments to a tensor (*argument.shape, *argument.shape)

    Raises GradientError as `value_and_grad` does.
    """
    return jacobian(grad(function, argnum), argnum)


def hessian_vector_product(
    function: Callable[..., Any], x: TensorLike, direction: TensorLike
) -> Tensor:
    """Return the product H t of the Hessian of a scalar function and a vector.

    function   of one tensor to a scalar
    x          the argument, floating-point
    direction  t, of the shape of `x`
    returns    a tensor of the shape of `x`

    The product is computed by forward mode over reverse mode, without forming the Hessian. Source:
    Pearlmutter (1994). Raises GradientError or ShapeError as `jvp` does.
    """
    return jvp(grad(function), (x,), (direction,))[1]
