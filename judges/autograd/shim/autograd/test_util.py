"""autograd's check of gradients, with chainrule's vjp and jvp: one random direction."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from autograd.containers import leaves, plain, rebuilt
from autograd.core import make_jvp, make_vjp, vspace
from autograd.wrap_util import unary_to_nary

TOLERANCE = 1e-6
EPSILON = 1e-6


def scalar_close(a: Any, b: Any) -> Any:
    return abs(a - b) < TOLERANCE or abs(a - b) / abs(a + b) < TOLERANCE


def _moved(x: Any, direction: Any, step: float) -> Any:
    steps = iter(leaves(direction))
    return rebuilt(x, lambda leaf: leaf + step * next(steps))


def _numerical(f: Any, x: Any, direction: Any) -> Any:
    ahead, behind = (plain(f(_moved(x, direction, s * EPSILON / 2))) for s in (1, -1))
    back = iter(leaves(behind))
    return rebuilt(ahead, lambda leaf: (leaf - next(back)) / EPSILON)


def _inner(x: Any, y: Any) -> Any:
    return sum(np.sum(a * b) for a, b in zip(leaves(plain(x)), leaves(plain(y)), strict=True))


def check_equivalent(x: Any, y: Any) -> None:
    assert vspace(x) == vspace(y), f"{vspace(x).form} is not {vspace(y).form}"
    direction = vspace(x).randn()
    assert scalar_close(_inner(x, direction), _inner(y, direction))


def check_vjp(f: Any, x: Any) -> None:
    vjp, y = make_vjp(f, x)
    direction, upstream = vspace(x).randn(), vspace(y).randn()
    gradient = vjp(upstream)
    assert vspace(gradient) == vspace(x)
    exact = _inner(direction, gradient)
    numeric = _inner(upstream, _numerical(f, x, direction))
    assert scalar_close(numeric, exact), f"vjp: {exact}, numerically {numeric}"


def check_jvp(f: Any, x: Any) -> None:
    direction = vspace(x).randn()
    check_equivalent(make_jvp(f, x)(direction)[1], _numerical(f, x, direction))


@unary_to_nary
def check_grads(f: Any, x: Any, modes: Any = ("fwd", "rev"), order: int = 2) -> None:
    modes = modes or ("fwd", "rev")
    assert all(mode in ("fwd", "rev") for mode in modes)
    checks = {"fwd": check_jvp, "rev": check_vjp}
    for mode in modes:
        checks[mode](f, x)
        if order > 1:
            of = x if mode == "fwd" else plain(f(x))
            derivative = _along_jvp(f) if mode == "fwd" else _along_vjp(f)
            check_grads(derivative, (0, 1), modes, order=order - 1)(x, vspace(of).randn())


def _along_jvp(f: Any) -> Any:
    return lambda x, v: make_jvp(f, x)(v)[1]


def _along_vjp(f: Any) -> Any:
    return lambda x, v: make_vjp(f, x)[0](v)


def combo_check(fun: Any, *args: Any, **kwargs: Any) -> Any:
    """Check all combinations of arguments and options; those with complex numbers are left out."""

    def check(*lists: Any, **options: Any) -> None:
        pairs = [[(name, each) for each in values] for name, values in options.items()]
        for given in product(*lists):
            if any(np.iscomplexobj(leaf) for leaf in leaves(list(given))):
                continue
            for chosen in product(*pairs):
                check_grads(fun, *args, **kwargs)(*given, **dict(chosen))

    return check
