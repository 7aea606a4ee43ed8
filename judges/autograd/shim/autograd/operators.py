"""autograd's operators on functions, of vjp and jvp."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from autograd import core
from autograd.containers import is_tensor, leaves, rebuilt, shape, size
from autograd.wrap_util import unary_to_nary

make_vjp = unary_to_nary(core.make_vjp)
make_jvp = unary_to_nary(core.make_jvp)


def _ones(value: Any) -> Any:
    return rebuilt(value, lambda leaf: np.ones(shape(leaf)))


def _scalar(answer: Any, name: str) -> None:
    of_floats = not isinstance(answer, list | tuple | dict | bool | np.bool_)
    if not of_floats or size(answer) != 1:
        raise TypeError(f"{name} only applies to real scalar-output functions.")


@unary_to_nary
def grad(fun: Any, x: Any) -> Any:
    vjp, answer = core.make_vjp(fun, x)
    _scalar(answer, "grad")
    return vjp(_ones(answer))


@unary_to_nary
def value_and_grad(fun: Any, x: Any) -> Any:
    vjp, answer = core.make_vjp(fun, x)
    _scalar(answer, "value_and_grad")
    return answer, vjp(_ones(answer))


@unary_to_nary
def elementwise_grad(fun: Any, x: Any) -> Any:
    vjp, answer = core.make_vjp(fun, x)
    return vjp(_ones(answer))


@unary_to_nary
def deriv(fun: Any, x: Any) -> Any:
    return core.make_jvp(fun, x)(_ones(x))[1]


@unary_to_nary
def jacobian(fun: Any, x: Any) -> Any:
    vjp, answer = core.make_vjp(fun, x)
    of_answer, of_x = shape(answer), shape(x)
    basis = np.eye(size(answer)).reshape(-1, *of_answer)
    rows = [vjp(each) for each in basis]
    stack = cr.stack if any(map(is_tensor, rows)) else np.stack
    return stack(rows).reshape(*of_answer, *of_x)


@unary_to_nary
def hessian(fun: Any, x: Any) -> Any:
    return jacobian(jacobian(fun))(x)


@unary_to_nary
def make_hvp(fun: Any, x: Any) -> Any:
    return core.make_vjp(grad(fun), x)


def grad_named(fun: Any, argname: str) -> Any:
    return grad(fun, list(inspect.signature(fun).parameters).index(argname))


def _dot(x: Any, y: Any) -> Any:
    return core._inner(leaves(x), leaves(y))


def hessian_tensor_product(fun: Any, argnum: int = 0) -> Any:
    fun_grad = grad(fun, argnum)

    def vector_dot_grad(*args: Any, **kwargs: Any) -> Any:
        return _dot(fun_grad(*args[:-1], **kwargs), args[-1])

    return grad(vector_dot_grad, argnum)


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun: Any, argnum: int = 0) -> Any:
    def vector_dot_fun(*args: Any, **kwargs: Any) -> Any:
        return np.tensordot(args[-1], fun(*args[:-1], **kwargs), np.ndim(args[-1]))

    return jacobian(vector_dot_fun, argnum)


vector_jacobian_product = tensor_jacobian_product


def make_ggnvp(
    f: Any, g: Any = lambda x: 1.0 / 2 * np.sum(x**2, axis=-1), f_argnum: int = 0
) -> Any:
    @unary_to_nary
    def make(f: Any, x: Any) -> Any:
        f_vjp, f_x = core.make_vjp(f, x)
        g_hvp, _ = core.make_vjp(grad(g), f_x)
        f_jvp = core.make_jvp(f, x)
        return lambda v: f_vjp(g_hvp(f_jvp(v)[1]))

    return make(f, f_argnum)


@unary_to_nary
def grad_and_aux(fun: Any, x: Any) -> Any:
    vjp, (answer, aux) = core.make_vjp(lambda x: tuple(fun(x)), x)
    return vjp((_ones(answer), rebuilt(aux, lambda leaf: np.zeros(shape(leaf))))), aux


def holomorphic_grad(fun: Callable[..., Any], argnum: int = 0) -> Any:
    raise NotImplementedError("chainrule has no complex numbers.")


def checkpoint(fun: Any) -> Any:
    return cr.checkpoint(fun)
