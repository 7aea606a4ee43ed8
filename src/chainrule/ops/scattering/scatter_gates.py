"""Primitives that reduce scattered values into a tensor: maximum, minimum, product."""

from __future__ import annotations

from typing import Any, Literal

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
from chainrule.ops.cumulative.recurrence import linear_recurrence, moved
from chainrule.ops.ids import require_ids, require_known_range, require_range
from chainrule.ops.rows import ADD_ALONG_AXIS, TAKE_ALONG_AXIS
from chainrule.ops.sorting.sort import argsort
from chainrule.ops.where import where

Gradients = tuple[Tensor, Tensor, None]


def _along(x: Tensor, ids: Tensor, axis: int) -> Tensor:
    return apply(TAKE_ALONG_AXIS, x, ids, axis=axis)


def _added(values: Tensor, ids: Tensor, size: int, axis: int) -> Tensor:
    return apply(ADD_ALONG_AXIS, values, ids, size=size, axis=axis)


def _infer(name: str) -> Any:
    def infer(x: Tensor, values: Tensor, ids: Tensor, *, axis: int) -> tuple[Shape, DType]:
        require_ids(name, ids)
        others = [each.shape[:axis] + each.shape[axis + 1 :] for each in (x, values)]
        if values.shape != ids.shape or x.ndim != ids.ndim or others[0] != others[1]:
            raise ShapeError(
                f"{name} was given {x.label} {list(x.shape)}, values {list(values.shape)} and ids "
                f"{list(ids.shape)}: values and ids must have one shape, which is that of the "
                f"tensor apart from axis {axis}."
            )
        require_known_range(name, ids, x.shape[axis])
        return x.shape, x.dtype

    return infer


def _numpy(name: str, ufunc: np.ufunc) -> Any:
    def numpy(x: Array, values: Array, ids: Array, *, axis: int) -> Array:
        require_range(name, ids, x.shape[axis])
        places: list[Array] = list(np.indices(ids.shape, sparse=True))
        places[axis] = ids
        result = x.copy()
        ufunc.at(result, tuple(places), values)
        return result

    return numpy


def _shared(
    g: Tensor, y: Tensor, x: Tensor, values: Tensor, ids: Tensor, *, axis: int
) -> Gradients:
    """Return the gradients of an extremum: equal extrema share the upstream gradient evenly."""
    is_kept, is_new = x == y, values == _along(y, ids, axis)
    count = is_kept.astype(y.dtype) + _added(is_new.astype(y.dtype), ids, x.shape[axis], axis)
    share = g / where(count == 0, 1, count)
    return where(is_kept, share, 0), where(is_new, _along(share, ids, axis), 0), None


def _by_the_others(
    g: Tensor, y: Tensor, x: Tensor, values: Tensor, ids: Tensor, *, axis: int
) -> Gradients:
    """Return the gradients of a product, each times the product of the other factors."""
    if not values.size:
        return g, _along(g, ids, axis), None
    ones = np.ones(x.shape, x.dtype)
    of_x = g * apply(SCATTER_PROD, ones, values, ids, axis=axis)
    return of_x, _along(g * x, ids, axis) * _others(values, ids, axis), None


def _others(values: Tensor, ids: Tensor, axis: int) -> Tensor:
    """Return for each value the product of the other values with the same id."""
    order = argsort(ids, axis)
    arranged, owners = _along(values, order, axis), _along(ids, order, axis)
    product = None
    for by in (1, -1):
        is_same = owners == moved(owners, axis, by, -1)
        factors = where(is_same, moved(arranged, axis, by, 1.0), 0)
        part = linear_recurrence(factors, where(is_same, 0, 1).astype(values.dtype), axis, by < 0)
        product = part if product is None else product * part
    assert product is not None
    return _added(product, order, values.shape[axis], axis)


def _declare(
    name: Literal["scatter_max", "scatter_min", "scatter_prod"],
    ufunc: np.ufunc,
    vjp: Any,
    says: str,
) -> Primitive:
    lowering: Any = name.replace("_", " ")
    ids = Operand((2, 3), 0, 2, "int64")
    return declare(
        Primitive(
            name=name,
            family="rows",
            accepts="number",
            promotes=(0, 1),
            infer=_infer(name),
            numpy=_numpy(name, ufunc),
            lowering=lowering,
            vjp=vjp,
            jvp="transpose",
            jacobian="routing" if ufunc is not np.multiply else "block",
            notation=Notation(f"{name}({{}}, {{}}, {{}})"),
            says=says,
            branch=_branch(ufunc),
            examples=(
                Example((Operand((2, 2)), Operand((2, 3)), ids), {"axis": 1}),
                Example((Operand((2, 3)), Operand((2, 3)), ids), {"axis": 0}),
                Example((Operand((3,)), Operand((0,)), Operand((0,), 0, 2, "int64")), {"axis": 0}),
            ),
            vmap="axis",
        )
    )


def _branch(ufunc: np.ufunc) -> Any:
    if ufunc is np.multiply:
        return None

    def branch(x: Array, values: Array, ids: Array, *, axis: int) -> Array:
        y = _numpy("scatter", ufunc)(x, values, ids, axis=axis)
        kept, new = x == y, values == np.take_along_axis(y, ids, axis)
        return np.concatenate([kept.reshape(-1), new.reshape(-1)])

    return branch


_ROUTES = "routes: the largest values receive the upstream gradient, equal ones evenly"
SCATTER_MAX = _declare("scatter_max", np.maximum, _shared, _ROUTES)
SCATTER_MIN = _declare("scatter_min", np.minimum, _shared, _ROUTES.replace("largest", "smallest"))
SCATTER_PROD = _declare(
    "scatter_prod",
    np.multiply,
    _by_the_others,
    "multiplies: a value receives the upstream gradient times the other factors of its place",
)
