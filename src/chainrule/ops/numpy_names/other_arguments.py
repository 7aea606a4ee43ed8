"""NumPy functions whose arguments or names differ from ours, written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.graph import DTypeError, Tensor, as_tensor, normalise_axis
from chainrule.ops.arithmetic import divide, floor_divide, multiply, remainder
from chainrule.ops.arithmetic import round as round_
from chainrule.ops.exports import functions
from chainrule.ops.norms import norm
from chainrule.ops.numpy_names.arguments import refuse
from chainrule.ops.numpy_names.compositions import COMPOSITIONS
from chainrule.ops.predicates import all, any
from chainrule.ops.products import matmul
from chainrule.ops.reducing import cumulative_sum, max, min, prod, sum
from chainrule.ops.rows import take
from chainrule.ops.shaping import concat, flip, pad, permute_dims, squeeze
from chainrule.ops.where import where

# -- shapes ----------------------------------------------------------------------------------------


def _transpose(a: Any, axes: Sequence[int] | None = None) -> Tensor:
    a = as_tensor(a)
    return permute_dims(a, range(a.ndim)[::-1] if axes is None else axes)


def _swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    a = as_tensor(a)
    first, second = normalise_axis(axis1, a.ndim), normalise_axis(axis2, a.ndim)
    order = list(range(a.ndim))
    order[first], order[second] = second, first
    return permute_dims(a, order)


def _ravel(a: Any, order: str = "C") -> Tensor:
    if order not in ("C", "K", "A"):
        refuse(np.ravel, "order")
    return as_tensor(a).reshape(-1)


def _size(a: Tensor, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]


def _pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Tensor:
    if mode != "constant" or np.any(options.pop("constant_values", 0)):
        refuse(np.pad, "mode" if mode != "constant" else "constant_values")
    for each in options:
        refuse(np.pad, each)
    array = as_tensor(array)
    pairs = np.broadcast_to(pad_width, (array.ndim, 2))
    return pad(array, [(int(before), int(after)) for before, after in pairs])


def _with_axes(count: int) -> Callable[..., Any]:
    """Return NumPy's atleast_1d, atleast_2d or atleast_3d."""

    def widened(*arrays: Any) -> Any:
        found = tuple(_widened(as_tensor(each), count) for each in arrays)
        return found[0] if len(found) == 1 else found

    return widened


def _widened(x: Tensor, count: int) -> Tensor:
    if x.ndim >= count:
        return x
    shapes = {1: (1,), 2: (1, x.size), 3: (1, x.size, 1)}
    return x.reshape((*x.shape, 1) if x.ndim == 2 else shapes[count])


def _joined(count: int, axis: int) -> Callable[..., Tensor]:
    """Return NumPy's vstack, hstack or dstack."""

    def joined(tup: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
        parts = [_widened(as_tensor(each), count) for each in tup]
        found = concat(parts, 0 if parts[0].ndim <= axis else axis)
        return found if dtype is None else found.astype(dtype)

    return joined


def _column_stack(tup: Sequence[Any]) -> Tensor:
    parts = [as_tensor(each) for each in tup]
    return concat([x.reshape(x.size, 1) if x.ndim < 2 else x for x in parts], 1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    return concat([arr, values], axis)


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    extent = as_tensor(ary).shape[axis]
    if np.ndim(indices_or_sections) == 0 and extent % indices_or_sections:
        raise DTypeError(
            f"numpy.split was asked for {indices_or_sections} equal parts of {extent} elements. "
            "Write np.array_split for unequal parts."
        )
    return _array_split(ary, indices_or_sections, axis)


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    ary = as_tensor(ary)
    at = normalise_axis(axis, ary.ndim)
    if np.ndim(indices_or_sections):
        ends = [*indices_or_sections, ary.shape[at]]
    else:
        each, more = divmod(ary.shape[at], indices_or_sections)
        ends = list(np.cumsum([each + (i < more) for i in range(indices_or_sections)]))
    bounds = [slice(int(a), int(b)) for a, b in zip([0, *ends], ends, strict=False)]
    return [ary[(*(slice(None),) * at, each)] for each in bounds]


# -- elements --------------------------------------------------------------------------------------


def _where(condition: Any, *choices: Any) -> Any:
    if choices:
        return where(condition, *choices)
    nonzero = vars(functions).get("nonzero")
    if nonzero is None:
        raise DTypeError(
            "numpy.where was called with a condition alone, whose result has a shape that depends "
            "on values. Give both choices, or use x[mask]."
        )
    return nonzero(condition)


def _round(a: Any, decimals: int = 0, out: Any = None) -> Tensor:
    if out is not None:
        refuse(np.round, "out")
    a = as_tensor(a)
    if decimals == 0:
        return round_(a)
    if a.dtype.kind != "f":
        refuse(np.round, "decimals")
    scale = 10.0**decimals if decimals > 0 else 10.0**-decimals
    return round_(a * scale) / scale if decimals > 0 else round_(a / scale) * scale


def _take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Tensor:
    for name, value, default in (("out", out, None), ("mode", mode, "raise")):
        if value != default:
            refuse(np.take, name)
    a = as_tensor(a)
    return take(a.reshape(-1), indices) if axis is None else take(a, indices, axis)


# -- products and norms ----------------------------------------------------------------------------


def _dot(a: Any, b: Any, out: Any = None) -> Tensor:
    if out is not None:
        refuse(np.dot, "out")
    a, b = as_tensor(a), as_tensor(b)
    if 0 in (a.ndim, b.ndim):
        return multiply(a, b)
    if b.ndim <= 2:
        return matmul(a, b)
    inner_first = permute_dims(b, (b.ndim - 2, *range(b.ndim - 2), b.ndim - 1))
    product = matmul(a, inner_first.reshape(b.shape[-2], -1))
    return product.reshape(*a.shape[:-1], *inner_first.shape[1:])


def _vdot(a: Any, b: Any) -> Tensor:
    return matmul(as_tensor(a).reshape(-1), as_tensor(b).reshape(-1))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    x = as_tensor(x)
    axes = len(axis) if isinstance(axis, tuple) else x.ndim if axis is None else 1
    if ord in (None, "fro") or axes == 1:
        return norm(x, 2 if ord in (None, "fro") else ord, axis, keepdims)
    raise DTypeError(
        f"numpy.linalg.norm was asked for the matrix norm {ord!r} of a tensor. There are vector "
        "norms, along one axis, and the Frobenius norm."
    )


def _divmod(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    return floor_divide(x1, x2), remainder(x1, x2)


def _reduced(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the reduction of a ufunc, along the first axis unless another is asked."""
    return lambda x, axis=0, keepdims=False: function(x, axis, keepdims)


OTHER_ARGUMENTS: dict[str, Callable[..., Any]] = {
    **COMPOSITIONS,
    "append": _append,
    "around": _round,
    "array_split": _array_split,
    "atleast_1d": _with_axes(1),
    "atleast_2d": _with_axes(2),
    "atleast_3d": _with_axes(3),
    "column_stack": _column_stack,
    "copy": lambda a, order="K", subok=False: a,
    "degrees": lambda x: divide(multiply(x, 180.0), math.pi),
    "divmod": _divmod,
    "dot": _dot,
    "dstack": _joined(3, 2),
    "fliplr": lambda m: flip(m, 1),
    "flipud": lambda m: flip(m, 0),
    "hstack": _joined(1, 1),
    "linalg.matrix_transpose": lambda x: as_tensor(x).mT,
    "linalg.norm": _norm,
    "matrix_transpose": lambda x: as_tensor(x).mT,
    "ndim": lambda a: a.ndim,
    "pad": _pad,
    "ptp": lambda a, axis=None, keepdims=False: max(a, axis, keepdims) - min(a, axis, keepdims),
    "radians": lambda x: divide(multiply(x, math.pi), 180.0),
    "ravel": _ravel,
    "round": _round,
    "shape": lambda a: a.shape,
    "size": _size,
    "split": _split,
    "square": lambda x: multiply(x, x),
    "squeeze": squeeze,
    "swapaxes": _swapaxes,
    "take": _take,
    "transpose": _transpose,
    "vdot": _vdot,
    "vstack": _joined(2, 0),
    "where": _where,
}
"""Functions of tensors with NumPy's arguments, by NumPy's name."""

REDUCTIONS: dict[tuple[str, str], Callable[..., Tensor]] = {
    ("add", "accumulate"): cumulative_sum,
    ("add", "reduce"): _reduced(sum),
    ("logical_and", "reduce"): _reduced(all),
    ("logical_or", "reduce"): _reduced(any),
    ("maximum", "reduce"): _reduced(max),
    ("minimum", "reduce"): _reduced(min),
    ("multiply", "reduce"): _reduced(prod),
}
"""Functions of tensors for methods of ufuncs, by name and method."""
