"""Variance and standard deviation."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Axis, Tensor, TensorLike, as_tensor, normalise_axes
from chainrule.ops.elementary import sqrt, stop_gradient
from chainrule.ops.where import where


def var(
    x: TensorLike, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Return the variance over `axis`: Σ (x - mean)² / (n - correction).

    axis        one axis, several, or None for all
    correction  1 for the unbiased estimate
    keepdims    whether reduced axes are kept with extent 1
    returns     a tensor, floating-point

    The corrected two-pass algorithm, which is accurate for means far from zero: Chan, Golub and
    LeVeque (1983). Raises ShapeError for an axis outside `x`.
    """
    x = as_tensor(x)
    axes = normalise_axes(axis, x.ndim)
    count = float(np.prod([x.shape[each] for each in axes]))
    away = x - x.mean(axes, keepdims=True)
    away = away - stop_gradient(away.mean(axes, keepdims=True))
    return (away * away).sum(axes, keepdims) / (count - correction)


def std(
    x: TensorLike, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Return the standard deviation over `axis`, the square root of `var`.

    Arguments and errors are those of `var`. The gradient is 0 where all elements are equal.
    """
    spread = var(x, axis, correction, keepdims)
    still = spread == 0
    return where(still, 0, sqrt(where(still, 1, spread)))
