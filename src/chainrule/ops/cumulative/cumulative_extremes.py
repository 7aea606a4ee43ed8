"""Cumulative maxima and minima, with their positions."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from chainrule.graph import (
    Array,
    Example,
    Notation,
    Operand,
    Primitive,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    int64,
    normalise_axis,
)
from chainrule.ops.rows import TAKE_ALONG_AXIS


def _declare_positions(
    name: Literal["cumulative_argmax", "cumulative_argmin"], extremes: Any
) -> Primitive:
    def numpy(x: Array, *, axis: int) -> Array:
        if not x.size:
            return np.zeros(x.shape, np.int64)
        is_extreme = (x == extremes(x, axis)) | (x != x)
        places = np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - 1 - axis))
        return np.maximum.accumulate(np.where(is_extreme, places, 0), axis)

    return declare(
        Primitive(
            name=name,
            family="reduction",
            accepts="any",
            promotes=(),
            infer=lambda x, *, axis: (x.shape, int64),
            numpy=numpy,
            lowering=name.replace("_", " "),  # type: ignore[arg-type]
            vjp=(None,),
            jvp="linear",
            jacobian="none",
            notation=Notation(f"{name}({{}})"),
            says="gives positions, integers: no gradient passes",
            branch=numpy,
            examples=(
                Example((Operand((4,)),), {"axis": 0}),
                Example((Operand((2, 3)),), {"axis": 1}),
                Example((Operand((3, 2)),), {"axis": 0}),
                Example((Operand((0, 3)),), {"axis": 0}),
            ),
        )
    )


CUMULATIVE_ARGMAX = _declare_positions("cumulative_argmax", np.maximum.accumulate)
CUMULATIVE_ARGMIN = _declare_positions("cumulative_argmin", np.minimum.accumulate)


def _extremes(primitive: Primitive, x: TensorLike, axis: int) -> tuple[Tensor, Tensor]:
    x = as_tensor(x)
    at = normalise_axis(axis, x.ndim)
    ids = apply(primitive, x, axis=at)
    return apply(TAKE_ALONG_AXIS, x, ids, axis=at), ids


def cummax(x: TensorLike, axis: int = 0) -> tuple[Tensor, Tensor]:
    """Return the cumulative maximum along `axis`, and the ids of the maxima.

    returns  values in the dtype of `x` and ids, int64, of the shape of `x`

    Of equal elements the last has the id and receives the gradient, as in PyTorch. After a NaN all
    values are NaN. Raises ShapeError for an axis outside `x`.
    """
    return _extremes(CUMULATIVE_ARGMAX, x, axis)


def cummin(x: TensorLike, axis: int = 0) -> tuple[Tensor, Tensor]:
    """Return the cumulative minimum along `axis`, and the ids of the minima.

    Results and errors are those of `cummax`.
    """
    return _extremes(CUMULATIVE_ARGMIN, x, axis)
