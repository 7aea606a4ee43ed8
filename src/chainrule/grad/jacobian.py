"""Jacobians, Hessians and Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from chainrule.grad.argument_trees import leaves, like
from chainrule.grad.forward import tangents
from chainrule.grad.functions import (
    Argnums,
    grad,
    gradient_or_zero,
    jvp,
    run,
    tangent_or_zero,
)
from chainrule.grad.reverse import gradients
from chainrule.grad.scan import scan
from chainrule.graph import DType, Tensor, TensorLike, ValueRead, as_tensor
from chainrule.ops import permute_dims

P = ParamSpec("P")
Products = Callable[[Tensor], Sequence[Tensor]]


def jacobian(function: Callable[P, Any], argnum: int = 0) -> Callable[P, Tensor]:
    """Return a function that computes the Jacobian of `function` for one argument.

    function  of tensors or arrays to a tensor
    argnum    the position of the argument
    returns   a function of the same arguments to a tensor (*output.shape, *argument.shape) in the
              dtype of the output

    The Jacobian is computed by rows in reverse mode (`jacrev`) or by columns in forward mode
    (`jacfwd`), in min(output.size, argument.size) passes; ties are computed by rows. Raises
    GradientError as `value_and_grad` does, but the output need not be a scalar.
    """

    @wraps(function)
    def differentiated(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        (x,), output, left = run(function, (argnum,), args, kwargs)
        by_rows = output.size <= x.size
        return (_rows(output, [x], left) if by_rows else _columns(output, [x], left))[0]

    return differentiated


def jacfwd(function: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return a function that computes the Jacobian of `function` in forward mode, by columns.

    function  of arrays, tensors, or nested lists, tuples and dicts of them, to a tensor
    argnums   the position, or positions, of the arguments to differentiate with respect to
    returns   a function of the same arguments. Its result has the structure of the argument, with a
              tensor (*output.shape, *leaf.shape) for every leaf, in the dtype of the output; a
              sequence of argnums returns a tuple

    One forward pass per element of the arguments: choose it for more outputs than arguments. The
    passes are the steps of one scan, so that a compiled function holds one pass, whatever their
    number. Raises GradientError as `value_and_grad` does, but the output need not be a scalar.
    """
    return _by(_columns, function, argnums)


def jacrev(function: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return a function that computes the Jacobian of `function` in reverse mode, by rows.

    Arguments, results and errors are those of `jacfwd`. One reverse pass per element of the output:
    choose it for more arguments than outputs.
    """
    return _by(_rows, function, argnums)


def _by(
    mode: Callable[..., list[Tensor]], function: Callable[P, Any], argnums: Argnums
) -> Callable[P, Any]:
    """Return the function that computes Jacobians in one mode."""
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @wraps(function)
    def differentiated(*args: P.args, **kwargs: P.kwargs) -> Any:
        chosen, output, left = run(function, positions, args, kwargs)
        found = like(chosen, mode(output, leaves(chosen), left))
        return found[0] if isinstance(argnums, int) else tuple(found)

    return differentiated


def _rows(output: Tensor, flat: Sequence[Tensor], left: Sequence[ValueRead]) -> list[Tensor]:
    """Return the Jacobians of all arguments by rows, one reverse pass per element of the output."""

    def products(upstream: Tensor) -> list[Tensor]:
        pairs = zip(gradients(output, flat, upstream), flat, strict=True)
        return [gradient_or_zero(each, x, left) for each, x in pairs]

    rows = _for_units(products, output, flat, output.dtype)
    return [each.reshape(output.shape + x.shape) for each, x in zip(rows, flat, strict=True)]


def _columns(output: Tensor, flat: Sequence[Tensor], left: Sequence[ValueRead]) -> list[Tensor]:
    """Return the Jacobians by columns, one forward pass per element of every argument."""
    return [_columns_of(output, x, left) for x in flat]


def _columns_of(output: Tensor, x: Tensor, left: Sequence[ValueRead]) -> Tensor:
    def products(direction: Tensor) -> list[Tensor]:
        return [tangent_or_zero(tangents([output], {x: direction})[0], output, [x], left)]

    (columns,) = _for_units(products, x, [output], output.dtype)
    moved = permute_dims(columns, (*range(1, columns.ndim), 0))
    return moved.reshape(output.shape + x.shape)


def _for_units(
    products: Products, basis: Tensor, results: Sequence[Tensor], dtype: DType
) -> list[Tensor]:
    """Return the products with all unit vectors of the shape of `basis`, stacked: one scan.

    results  tensors of the shapes of the products
    """
    if basis.size == 0 or all(each.size == 0 for each in results):
        return [as_tensor(np.zeros((basis.size, *each.shape), dtype)) for each in results]
    units = np.eye(basis.size, dtype=basis.dtype).reshape(basis.size, *basis.shape)

    def cell(none: tuple[()], unit: Tensor) -> tuple[tuple[()], tuple[Tensor, ...]]:
        return none, tuple(each.astype(dtype) for each in products(unit))

    stacked: tuple[Tensor, ...] = scan(cell, (), units)[1]
    return list(stacked)


def hessian(function: Callable[P, Any], argnum: int = 0) -> Callable[P, Tensor]:
    """Return a function that computes the Hessian of a scalar function for one argument.

    function  of tensors or arrays to a scalar
    argnum    the position of the argument
    returns   a function of the same arguments to a tensor (*argument.shape, *argument.shape)

    Computed by columns in forward mode over reverse mode: `jacfwd` of `grad`. Raises GradientError
    as `value_and_grad` does.
    """
    hessian_of: Callable[P, Tensor] = jacfwd(grad(function, argnum), argnum)
    return hessian_of


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
