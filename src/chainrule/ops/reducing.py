"""Reductions: sums, means, extrema, positions, products, cumulative sums."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from chainrule.graph import (
    Array,
    Axis,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    int64,
    is_counted,
    is_integer,
    normalise_axes,
    normalise_axis,
)
from chainrule.graph.primitive import GateView
from chainrule.ops.long_sums import running_total, total
from chainrule.ops.rows import ADD_ALONG_AXIS, take_along_axis
from chainrule.ops.shaping import broadcast_to, concat, permute_dims

Axes = tuple[int, ...]
_PARTS = 8  # of a product, multiplied in one pass


def _reduced_shape(x: Tensor, axis: Axes, keepdims: bool) -> Shape:
    if keepdims:
        return tuple(1 if i in axis else n for i, n in enumerate(x.shape))
    return tuple(n for i, n in enumerate(x.shape) if i not in axis)


def _spread(g: Tensor, x: Tensor, axis: Axes, keepdims: bool) -> Tensor:
    """Return `g`, the gradient of a reduction of `x`, with the reduced axes as extent 1."""
    return g if keepdims else g.reshape(_reduced_shape(x, axis, keepdims=True))


def _sum_infer(x: Tensor, *, axis: Axes, keepdims: bool) -> tuple[Shape, DType]:
    dtype = int64 if is_counted(x.dtype) else x.dtype
    return _reduced_shape(x, axis, keepdims), dtype


def _sum_numpy(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    if is_counted(x.dtype):
        return np.asarray(x.sum(axis=axis, keepdims=keepdims, dtype=int64))
    return total(x, axis, keepdims)


def _sum_rule(g: Tensor, y: Tensor, x: Tensor, *, axis: Axes, keepdims: bool) -> Tensor:
    return broadcast_to(_spread(g, x, axis, keepdims), x.shape)


_EXAMPLES = (
    Example((Operand((2, 3)),), {"axis": (0, 1), "keepdims": False}),
    Example((Operand((2, 3, 2)),), {"axis": (0, 2), "keepdims": True}),
    Example((Operand((2, 3, 2)),), {"axis": (1,), "keepdims": False}),
    Example((Operand(()),), {"axis": (), "keepdims": False}),
    Example((Operand((0, 3)),), {"axis": (1,), "keepdims": False}),
)

declare(
    Primitive(
        name="sum",
        family="reduction",
        accepts="any",
        promotes=(),
        infer=_sum_infer,
        numpy=_sum_numpy,
        lowering="sum",
        vjp=(_sum_rule,),
        jvp="linear",
        jacobian="routing",
        notation=lambda x, *, axis, keepdims: Notation(
            "Σ {}" if len(axis) == x.ndim else f"Σ{''.join('₀₁₂₃₄₅₆₇₈₉'[i] for i in axis)} {{}}", 2
        ),
        says="adds up: every summed element receives a copy of the upstream gradient",
        branch=None,
        examples=(*_EXAMPLES, Example((Operand((0, 3)),), {"axis": (0,), "keepdims": False})),
    )
)


def _extremum_infer(x: Tensor, *, axis: Axes, keepdims: bool) -> tuple[Shape, DType]:
    if any(x.shape[each] == 0 for each in axis):
        raise ShapeError(
            f"The maximum or minimum of {x.label} with shape {x.shape} was requested over axes "
            f"{axis}, one of which has no elements, so there is none. Check whether the data is "
            "empty."
        )
    return _reduced_shape(x, axis, keepdims), x.dtype


def _flat_last(x: Tensor, axis: Axes) -> Tensor:
    """Return `x` with the axes in `axis` flattened into one, which comes last."""
    kept = tuple(i for i in range(x.ndim) if i not in axis)
    moved = permute_dims(x, kept + axis)
    return moved.reshape(*(x.shape[i] for i in kept), math.prod(x.shape[i] for i in axis))


def _merged(x: Tensor, axis: Axes) -> tuple[Tensor, int]:
    """Return `x` with the axes in `axis` as one, and its position: in their place, or last."""
    first, last = axis[0], axis[-1] + 1
    if last - first > len(axis):
        flat = _flat_last(x, axis)
        return flat, flat.ndim - 1
    count = math.prod(x.shape[first:last])
    return x.reshape(*x.shape[:first], count, *x.shape[last:]), first


def _unmerged(flat: Tensor, x: Tensor, axis: Axes) -> Tensor:
    """Return the result of `_merged` in the shape of `x`."""
    if axis[-1] + 1 - axis[0] == len(axis):
        return flat.reshape(x.shape)
    order = (*(i for i in range(x.ndim) if i not in axis), *axis)
    back = tuple(int(i) for i in np.argsort(order))
    return permute_dims(flat.reshape([x.shape[i] for i in order]), back)


def _routed_rule(winner_of: Any) -> Any:
    def rule(g: Tensor, y: Tensor, x: Tensor, *, axis: Axes, keepdims: bool) -> Tensor:
        if not axis:
            return g
        flat, at = _merged(x, axis)
        winner = winner_of(flat, axis=at, keepdims=True)
        upstream = g.reshape(winner.shape)
        routed = apply(ADD_ALONG_AXIS, upstream, winner, size=flat.shape[at], axis=at)
        return _unmerged(routed, x, axis)

    return rule


def _tangent_of(winner_of: Any) -> Any:
    def rule(
        tangents: tuple[Tensor, ...], y: Tensor, x: Tensor, *, axis: Axes, keepdims: bool
    ) -> Tensor:
        if not axis:
            return tangents[0]
        flat, at = _merged(x, axis)
        winner = winner_of(flat, axis=at, keepdims=True)
        return take_along_axis(_merged(tangents[0], axis)[0], winner, axis=at).reshape(y.shape)

    return rule


def _says_winner(gate: GateView) -> str:
    return (
        f"routes: each of the {gate.value.size} results passes its upstream gradient to the one "
        f"element it came from (of several equal ones, the first); "
        f"{gate.arguments[0].size - gate.value.size} elements receive nothing"
    )


def declare_extremum(
    name: Literal["max", "min", "nanmax", "nanmin"],
    reduce: Any,
    place: Any,
    winner_of: Any,
    accepts: Literal["any", "float"] = "any",
) -> Primitive:
    """Declare an extremum, with the position of its element in arrays and in tensors."""

    def branch(x: Array, *, axis: Axes, keepdims: bool) -> Array:
        if not axis:
            return np.zeros(())
        last = np.moveaxis(x, axis, range(-len(axis), 0))
        kept = last.shape[: -len(axis)]
        return np.asarray(place(last.reshape(*kept, math.prod(last.shape[len(kept) :])), axis=-1))

    return declare(
        Primitive(
            name=name,
            family="reduction",
            accepts=accepts,
            promotes=(0,) if accepts == "float" else (),
            infer=_extremum_infer,
            numpy=lambda x, *, axis, keepdims: reduce(x, axis=axis, keepdims=keepdims),
            lowering=name,
            vjp=(_routed_rule(winner_of),),
            jvp=_tangent_of(winner_of),
            jacobian="routing",
            notation=Notation(f"{name} {{}}", 2),
            says=_says_winner,
            branch=branch,
            examples=_EXAMPLES,
        )
    )


def _position_infer(x: Tensor, *, axis: int, keepdims: bool) -> tuple[Shape, DType]:
    return _extremum_infer(x, axis=(axis,), keepdims=keepdims)[0], int64


def _declare_position(name: Literal["argmax", "argmin"], place: Any) -> Primitive:
    return declare(
        Primitive(
            name=name,
            family="reduction",
            accepts="any",
            promotes=(),
            infer=_position_infer,
            numpy=lambda x, *, axis, keepdims: place(x, axis=axis, keepdims=keepdims),
            lowering=name,
            vjp=(None,),
            jvp="linear",
            jacobian="none",
            notation=Notation(f"{name}({{}})"),
            says="gives a position, an integer: no gradient passes",
            branch=lambda x, *, axis, keepdims: np.asarray(place(x, axis=axis)),
            examples=(
                Example((Operand((2, 3)),), {"axis": 1, "keepdims": False}),
                Example((Operand((2, 3)),), {"axis": 0, "keepdims": True}),
                Example((Operand((0, 3)),), {"axis": 1, "keepdims": False}),
            ),
        )
    )


ARGMAX = _declare_position("argmax", np.argmax)
ARGMIN = _declare_position("argmin", np.argmin)


def _position(primitive: Primitive, x: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    if axis is not None:
        return apply(primitive, x, axis=normalise_axis(axis, x.ndim), keepdims=keepdims)
    found = apply(primitive, x.reshape(x.size), axis=0, keepdims=False)
    return found.reshape((1,) * x.ndim) if keepdims else found


def argmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the position of the largest element along `axis`, int64; the first of equal elements.

    axis      an axis; None for the position in the flattened tensor
    keepdims  whether the reduced axis is kept with extent 1

    There is no gradient. Raises ShapeError for an axis outside `x`, or one without elements.
    """
    return _position(ARGMAX, as_tensor(x), axis, keepdims)


def argmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the position of the smallest element along `axis`, int64; the first of equal elements.

    Arguments and errors are those of `argmax`.
    """
    return _position(ARGMIN, as_tensor(x), axis, keepdims)


MAX = declare_extremum("max", np.max, np.argmax, argmax)
MIN = declare_extremum("min", np.min, np.argmin, argmin)


def _cumulative_numpy(x: Array, *, axis: int, reverse: bool) -> Array:
    dtype = int64 if is_integer(x.dtype) else x.dtype
    totals = running_total(np.flip(x, axis) if reverse else x, axis, dtype)
    return np.flip(totals, axis) if reverse else totals


def _cumulative_rule(g: Tensor, y: Tensor, x: Tensor, *, axis: int, reverse: bool) -> Tensor:
    return apply(CUMULATIVE_SUM, g, axis=axis, reverse=not reverse)


CUMULATIVE_SUM = declare(
    Primitive(
        name="cumulative_sum",
        family="reduction",
        accepts="number",
        promotes=(0,),
        infer=lambda x, *, axis, reverse: (x.shape, int64 if is_integer(x.dtype) else x.dtype),
        numpy=_cumulative_numpy,
        lowering="running sum",
        vjp=(_cumulative_rule,),
        jvp="linear",
        jacobian="dense",
        notation=Notation("cumsum({})"),
        says="adds up running totals: an element receives the sum of all later upstream gradients",
        branch=None,
        examples=(
            Example((Operand((4,)),), {"axis": 0, "reverse": False}),
            Example((Operand((2, 3)),), {"axis": 1, "reverse": True}),
            Example((Operand((0, 3)),), {"axis": 0, "reverse": False}),
        ),
    )
)


def sum(x: TensorLike, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """Return the sum over `axis`.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1
    dtype     the dtype that `x` is converted to first, and of the result
    returns   a tensor of the dtype of `x`; int64 for integers and bools

    Raises ShapeError for an axis outside `x`.
    """
    return as_tensor(x).sum(axis, keepdims, dtype)


def _converted(x: TensorLike, dtype: Any) -> Tensor:
    return as_tensor(x) if dtype is None else as_tensor(x).astype(dtype)


def mean(x: TensorLike, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """Return the arithmetic mean over `axis`; NaN without elements.

    Arguments and errors are those of `sum`. Integers and bools become float64 unless a dtype is
    given.
    """
    return as_tensor(x).mean(axis, keepdims, dtype)


def max(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element over `axis`, in the dtype of `x`; NaN if an element is NaN.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1

    The first of equal elements receives the gradient. Raises ShapeError for an axis outside `x`, or
    one without elements.
    """
    x = as_tensor(x)
    return apply(MAX, x, axis=normalise_axes(axis, x.ndim), keepdims=keepdims)


def min(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element over `axis`, in the dtype of `x`; NaN if an element is NaN.

    Arguments, gradient and errors are those of `max`.
    """
    x = as_tensor(x)
    return apply(MIN, x, axis=normalise_axes(axis, x.ndim), keepdims=keepdims)


def prod(x: TensorLike, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """Return the product over `axis`, a tree of products, so that gradients of zeros are exact.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1
    dtype     the dtype that `x` is converted to first, and of the result
    returns   a tensor of the dtype of `x`; int64 for integers and bools; 1 without elements

    Raises ShapeError for an axis outside `x`.
    """
    x = _converted(x, dtype)
    if dtype is not None:
        return prod(x, axis, keepdims).astype(dtype)
    x = x.astype(int64) if is_counted(x.dtype) else x
    axes = normalise_axes(axis, x.ndim)
    target = _reduced_shape(x, axes, keepdims)
    flat, at = _merged(x, axes) if axes else (x.reshape(*x.shape, 1), x.ndim)
    if flat.shape[at] == 0:
        return as_tensor(np.ones(target, x.dtype))
    return _product_along(flat, at).reshape(target)


def _product_along(x: Tensor, axis: int) -> Tensor:
    """Return the product along an axis, whose extent becomes 1: first of parts of equal size."""
    extent = x.shape[axis]
    if extent == 1:
        return x
    count = extent if extent < _PARTS else _PARTS
    ends = [extent // count * each for each in range(count + 1)]
    parts = [_between(x, axis, *each) for each in pairwise(ends)]
    while len(parts) > 1:
        pairs = [a * b for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = [*pairs, *parts[2 * len(pairs) :]]
    found = _product_along(parts[0], axis)
    if ends[-1] == extent:
        return found
    return found * _product_along(_between(x, axis, ends[-1], extent), axis)


def _between(x: Tensor, axis: int, start: int, end: int) -> Tensor:
    """Return the elements of an axis from `start` to before `end`."""
    return x[(*[slice(None)] * axis, slice(start, end))]


def cumulative_sum(
    x: TensorLike,
    axis: int | None = 0,
    reverse: bool = False,
    dtype: Any = None,
    include_initial: bool = False,
) -> Tensor:
    """Return the cumulative sum along `axis`.

    axis             an axis; None for the flattened tensor
    reverse          True: from the last element to the first
    dtype            the dtype that `x` is converted to first, and of the result
    include_initial  whether a 0 comes before the sums, which makes the axis longer by one
    returns          a tensor of the dtype of `x`; int64 for integers

    Raises ShapeError for an axis outside `x`, DTypeError for bools.
    """
    x = _converted(x, dtype)
    if axis is None:
        x, axis = x.reshape(x.size), 0
    at = normalise_axis(axis, x.ndim)
    y = apply(CUMULATIVE_SUM, x, axis=at, reverse=reverse)
    y = y if dtype is None else y.astype(dtype)
    if not include_initial:
        return y
    first = np.zeros((*y.shape[:at], 1, *y.shape[at + 1 :]), y.dtype)
    return concat([y, first] if reverse else [first, y], at)
