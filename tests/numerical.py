"""Operands drawn at random, and derivatives measured by central differences."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Body, Input, rebuild

KINDS = {
    **{"any": "biuf", "number": "iuf", "float": "f"},
    **{"integer": "iu", "integer or bool": "biu", "bool": "b"},
}
"""The kinds of dtype that a primitive accepts, by the word of its declaration."""

Array = np.ndarray[Any, Any]


def drawn(operand: cr.Operand, random: np.random.Generator, dtype: Any = None) -> Array:
    """Return an array for `operand`: numbers from its interval, in its dtype or another."""
    wanted = np.dtype(dtype or operand.dtype)
    if wanted.kind == "b":
        return random.random(operand.shape) < 0.5
    if np.dtype(operand.dtype).kind == "i":
        low, high = int(operand.low), int(operand.high)
        return random.integers(low, high, operand.shape).astype(wanted)
    if wanted.kind in "iu":
        return random.integers(1, 4, operand.shape).astype(wanted)
    return np.asarray(random.uniform(operand.low, operand.high, operand.shape), wanted)


def attributes(example: cr.Example, dtype: str) -> dict[str, Any]:
    """Return the attributes of an example for operands of `dtype`: a body is traced for one."""
    return {
        key: retyped(value, dtype) if isinstance(value, Body) else value
        for key, value in example.attributes.items()
    }


def retyped(body: Body, dtype: str) -> Body:
    """Return the body of a loop on placeholders of `dtype` in place of float64."""
    wanted = {
        each: Input(each.name, each.shape, np.dtype(dtype), None)
        for each in body.placeholders
        if each.dtype == np.float64
    }
    return body.exchanged(rebuild([*body.placeholders, *body.results], wanted))


def inputs(arrays: Sequence[Array]) -> list[cr.Tensor]:
    """Return inputs x0, x1, ... that carry `arrays`."""
    return [cr.input(f"x{i}", value=array) for i, array in enumerate(arrays)]


def central(function: Callable[[Array], float], x: Array, step: float = 1e-6) -> Array:
    """Return the gradient of a scalar function at `x` by central differences, in float64."""
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        forth, back = x.copy(), x.copy()
        forth[place] += step
        back[place] -= step
        slopes[place] = (float(function(forth)) - float(function(back))) / (2 * step)
    return slopes


def assert_gradients(
    function: Callable[..., cr.Tensor], *arrays: Array, rtol: float = 1e-5
) -> None:
    """Compare the gradient of a scalar function of float64 arrays with central differences."""
    xs = inputs(arrays)
    found = cr.gradients(function(*xs), xs)
    for i, (gradient, array) in enumerate(zip(found, arrays, strict=True)):
        measured = central(lambda moved, i=i: function(*_with(xs, i, moved)).item(), array)
        given = np.zeros(array.shape) if gradient is None else gradient.value
        np.testing.assert_allclose(given, measured, rtol=rtol, atol=1e-7)


def _with(operands: Sequence[Any], position: int, moved: Array) -> list[Any]:
    return [*operands[:position], cr.asarray(moved), *operands[position + 1 :]]
