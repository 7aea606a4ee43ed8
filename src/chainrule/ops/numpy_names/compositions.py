"""NumPy functions that are made of several of ours, with NumPy's arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from chainrule.graph import Axis, DTypeError, Tensor, as_tensor
from chainrule.ops.contracting.tensor_products import cross, tensordot
from chainrule.ops.cumulative.cumulative_products import cumulative_prod
from chainrule.ops.numpy_names.arguments import refuse
from chainrule.ops.predicates import isnan
from chainrule.ops.products import matmul
from chainrule.ops.rearranging.axes import moveaxis
from chainrule.ops.rearranging.diagonals import diagonal
from chainrule.ops.rearranging.repeating import roll
from chainrule.ops.reducing import cumulative_sum, sum
from chainrule.ops.sorting.sort import argsort, sort
from chainrule.ops.where import where


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    if axis is not None:
        axisa = axisb = axisc = axis
    return moveaxis(cross(moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)), -1, axisc)


def _rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    a = as_tensor(a)
    source, target = axis % a.ndim, start + a.ndim if start < 0 else start
    return moveaxis(a, source, target - (source < target))


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Tensor:
    pairs = list(zip(condlist, choicelist, strict=True))
    return reduce(lambda rest, pair: where(*pair, rest), reversed(pairs), as_tensor(default))


def _shifted(sign: int) -> Callable[..., Tensor]:
    """Return NumPy's fft.fftshift, for sign 1, or fft.ifftshift, for sign -1."""

    def shifted(x: Any, axes: Axis = None) -> Tensor:
        x = as_tensor(x)
        chosen = range(x.ndim) if axes is None else [axes] if isinstance(axes, int) else axes
        return roll(x, [sign * (x.shape[each] // 2) for each in chosen], list(chosen))

    return shifted


def _partition(a: Any, kth: Any, axis: int | None = -1, **options: Any) -> Tensor:
    """Return the sorted elements, which are partitioned at every place."""
    return _along(sort, np.partition, a, axis, options)


def _argpartition(a: Any, kth: Any, axis: int | None = -1, **options: Any) -> Tensor:
    return _along(argsort, np.argpartition, a, axis, options)


def _along(
    ours: Callable[..., Tensor], function: Any, a: Any, axis: int | None, options: dict[str, Any]
) -> Tensor:
    if options.get("order") is not None:
        refuse(function, "order")
    a = as_tensor(a)
    return ours(a.reshape(-1), 0) if axis is None else ours(a, axis)


def _without_nan(function: Callable[..., Tensor], neutral: int) -> Callable[..., Tensor]:
    """Return NumPy's nancumsum or nancumprod."""

    def cumulated(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
        a = as_tensor(a)
        kept = where(isnan(a), neutral, a) if a.dtype.kind == "f" else a
        flat = kept.reshape(-1) if axis is None else kept
        return function(flat, 0 if axis is None else axis, dtype=dtype)

    return cumulated


def _matrix_power(a: Any, n: int) -> Tensor:
    if n < 1:
        raise DTypeError(
            f"numpy.linalg.matrix_power was called on a tensor with n={n}. Products of tensors "
            "have powers of 1 or more; there is no inverse."
        )
    half = a if n < 2 else _matrix_power(a, n // 2)
    squared = as_tensor(a) if n < 2 else matmul(half, half)
    return matmul(squared, a) if n > 1 and n % 2 else squared


def _trace(x: Any, offset: int = 0, dtype: Any = None) -> Tensor:
    return sum(diagonal(x, offset, -2, -1), -1, dtype=dtype)


COMPOSITIONS: dict[str, Callable[..., Any]] = {
    "argpartition": _argpartition,
    "cross": _cross,
    "fft.fftshift": _shifted(1),
    "fft.ifftshift": _shifted(-1),
    "linalg.cross": lambda x1, x2, axis=-1: cross(x1, x2, axis),
    "linalg.diagonal": lambda x, offset=0: diagonal(x, offset, -2, -1),
    "linalg.matrix_power": _matrix_power,
    "linalg.multi_dot": lambda arrays: reduce(matmul, arrays),
    "linalg.tensordot": lambda x1, x2, axes=2: tensordot(x1, x2, axes),
    "linalg.trace": _trace,
    "nancumprod": _without_nan(cumulative_prod, 1),
    "nancumsum": _without_nan(cumulative_sum, 0),
    "partition": _partition,
    "rollaxis": _rollaxis,
    "select": _select,
}
"""Functions of tensors with NumPy's arguments, by NumPy's name."""
