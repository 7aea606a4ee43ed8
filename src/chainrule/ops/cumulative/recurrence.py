"""The linear recurrence of first order, from which gradients of cumulative functions are made."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Array,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    apply,
    declare,
)
from chainrule.ops.long_sums import wide
from chainrule.ops.shaping import concat

_FEW_ROWS = 16


def _infer(a: Tensor, b: Tensor, *, axis: int, reverse: bool) -> tuple[Shape, DType]:
    if a.shape != b.shape:
        raise ShapeError(
            f"linear_recurrence was given factors {a.label} {list(a.shape)} and terms {b.label} "
            f"{list(b.shape)}. Their shapes must be equal."
        )
    return b.shape, b.dtype


def _numpy(a: Array, b: Array, *, axis: int, reverse: bool) -> Array:
    if not b.size:
        return b
    order = slice(None, None, -1 if reverse else 1)
    a, b = (np.moveaxis(each, axis, 0)[order].astype(wide(b.dtype)) for each in (a, b))
    if b[0].size < _FEW_ROWS:
        columns = zip(a.reshape(len(a), -1).T, b.reshape(len(b), -1).T, strict=True)
        totals = np.array([_by_numbers(*each) for each in columns]).T.reshape(b.shape)
    else:
        totals = b.copy()
        for j in range(1, len(b)):
            totals[j] += a[j] * totals[j - 1]
    return np.moveaxis(totals[order], 0, axis)


def _by_numbers(a: Array, b: Array) -> list[float]:
    """Compute one recurrence with Python numbers, which is faster than with arrays of few rows."""
    terms = zip(a.tolist()[1:], b.tolist()[1:], strict=True)
    totals = [float(b[0])]
    for factor, term in terms:
        totals.append(factor * totals[-1] + term)
    return totals


def _reference(a: Array, b: Array, *, axis: int, reverse: bool) -> Array:
    return _numpy(a, b, axis=axis, reverse=reverse).astype(b.dtype, copy=False)


def moved(x: Tensor, axis: int, by: int, filling: float) -> Tensor:
    """Return `x` moved by one place along `axis`, forwards (1) or backwards (-1)."""
    whole = (slice(None),) * axis
    edge = np.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), filling, x.dtype)
    if by > 0:
        return concat([edge, x[(*whole, slice(None, -1))]], axis)
    return concat([x[(*whole, slice(1, None))], edge], axis)


def _rules(
    g: Tensor, y: Tensor, a: Tensor, b: Tensor, *, axis: int, reverse: bool
) -> tuple[Tensor, Tensor]:
    if not y.size:
        return g, g
    by = -1 if reverse else 1
    received = linear_recurrence(moved(a, axis, -by, 0.0), g, axis, not reverse)
    return received * moved(y, axis, by, 0.0), received


LINEAR_RECURRENCE = declare(
    Primitive(
        name="linear_recurrence",
        family="reduction",
        accepts="float",
        promotes=(0, 1),
        infer=_infer,
        numpy=_reference,
        lowering="linear recurrence",
        vjp=_rules,
        jvp="transpose",
        jacobian="dense",
        notation=Notation("recurrence({}, {})"),
        says="carries: a term receives the upstream gradients of all later places, each times the "
        "factors between",
        branch=None,
        examples=(
            Example((Operand((4,)), Operand((4,))), {"axis": 0, "reverse": False}),
            Example((Operand((2, 3)), Operand((2, 3))), {"axis": 1, "reverse": True}),
            Example((Operand((3, 2)), Operand((3, 2))), {"axis": 0, "reverse": False}),
            Example((Operand((0, 3)), Operand((0, 3))), {"axis": 0, "reverse": False}),
        ),
    )
)


def linear_recurrence(a: Tensor, b: Tensor, axis: int, reverse: bool = False) -> Tensor:
    """Return y with y[j] = a[j] y[j - 1] + b[j] along `axis`, and y[0] = b[0].

    reverse  True: from the last element to the first
    """
    return apply(LINEAR_RECURRENCE, a, b, axis=axis, reverse=reverse)
