"""vjp and jvp of functions of one argument, as autograd has them, by chainrule's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from autograd.containers import is_tensor, leaves, plain, rebuilt, shape, size, variable


def make_vjp(function: Callable[[Any], Any], x: Any) -> tuple[Callable[[Any], Any], Any]:
    """Return the function from upstream gradients to gradients, and the value."""
    own = _own_variables(x)
    wanted = leaves(own)
    answer = _traced(function, own)
    outputs = leaves(answer)

    def vjp(upstream: Any) -> Any:
        total = _inner(outputs, leaves(upstream))
        found = cr.gradients(total, wanted) if is_tensor(total) else [None] * len(wanted)
        gradients = iter(
            leaf * 0 if each is None else each for each, leaf in zip(found, wanted, strict=True)
        )
        return _given_out(rebuilt(x, lambda leaf: next(gradients)))

    return vjp, _given_out(answer)


def make_jvp(function: Callable[[Any], Any], x: Any) -> Callable[[Any], Any]:
    """Return the function from a direction to the value and its derivative along it."""

    def jvp(direction: Any) -> Any:
        form: list[Any] = []

        def joined(*primals: Any) -> Any:
            given = iter(primals)
            answer = _traced(function, rebuilt(x, lambda leaf: next(given)))
            form[:] = [answer]
            return cr.concat([cr.asarray(each).reshape(-1) for each in leaves(answer)])

        xs = [each if is_tensor(each) else np.asarray(each, "float64") for each in leaves(x)]
        directions = [_as_shaped(d, each) for d, each in zip(leaves(direction), xs, strict=True)]
        _, flat = cr.jvp(joined, xs, directions)
        return _given_out((form[0], _split_like(flat, form[0])))

    return jvp


def vspace(value: Any) -> VSpace:
    """Return the vector space of a value."""
    return VSpace(value)


class VSpace:
    """What the tests ask of a vector space: random elements, sizes, equality."""

    def __init__(self, value: Any) -> None:
        self.form = rebuilt(value, lambda leaf: shape(leaf))
        self.value = value
        self.shape = shape(value) if not isinstance(value, list | tuple | dict) else ()
        self.size = sum(size(leaf) for leaf in leaves(value))
        self.iscomplex = any(np.iscomplexobj(leaf) for leaf in leaves(plain(value)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VSpace) and self.form == other.form

    def __hash__(self) -> int:
        return hash(str(self.form))

    def randn(self) -> Any:
        return rebuilt(self.value, lambda leaf: np.random.randn(*shape(leaf)))

    def ones(self) -> Any:
        return rebuilt(self.value, lambda leaf: np.ones(shape(leaf)))

    def zeros(self) -> Any:
        return rebuilt(self.value, lambda leaf: np.zeros(shape(leaf)))

    def inner_prod(self, x: Any, y: Any) -> Any:
        return _inner(leaves(x), leaves(y))


def primitive(function: Any) -> Any:
    """Return the function: what is made of gates needs no rule."""
    return function


primitive_vjps: dict[Any, Any] = {}


_running: list[Any] = []


def _traced(function: Callable[[Any], Any], x: Any) -> Any:
    """Call a function that is differentiated, so that derivatives inside stay tensors."""
    _running.append(function)
    try:
        return function(x)
    finally:
        _running.pop()


def _given_out(value: Any) -> Any:
    """Return a value as arrays, unless a function around it is differentiated."""
    return value if _running else plain(value)


def _own_variables(x: Any) -> Any:
    return rebuilt(x, variable)


def _inner(xs: Any, ys: Any) -> Any:
    terms = [(x * y) for x, y in zip(xs, ys, strict=True)]
    return sum(cr.sum(each) if is_tensor(each) else np.sum(each) for each in terms)


def _as_shaped(direction: Any, primal: Any) -> Any:
    value = direction if is_tensor(direction) else np.asarray(direction, "float64")
    return cr.broadcast_to(value, shape(primal)) if shape(primal) else value


def _split_like(flat: Any, answer: Any) -> Any:
    start = [0]

    def part(leaf: Any) -> Any:
        first = start[0]
        start[0] += size(leaf)
        return flat[first : start[0]].reshape(*shape(leaf))

    return rebuilt(answer, part)
