"""Covariance and correlation of variables."""

from __future__ import annotations

from chainrule.graph import ShapeError, Tensor, TensorLike
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import sqrt
from chainrule.ops.rearranging.axes import atleast_2d
from chainrule.ops.rearranging.diagonals import diagonal


def cov(x: TensorLike, correction: float = 1) -> Tensor:
    """Return the covariance matrix of variables.

    x           (variables, observations), or (observations,) of one variable
    correction  subtracted from the number of observations, 1 for the unbiased estimate
    returns     (variables, variables); a scalar for one variable

    Raises ShapeError for more than two axes.
    """
    x = as_float(x)
    if x.ndim > 2:
        raise ShapeError(f"cov was given {x.label} with shape {x.shape}. Give a matrix.")
    rows = atleast_2d(x)
    centred = rows - rows.mean(1, keepdims=True)
    found = centred @ centred.T / float(rows.shape[1] - correction)
    return found.reshape(()) if found.size == 1 else found


def corrcoef(x: TensorLike) -> Tensor:
    """Return the matrix of correlation coefficients of variables, from -1 to 1.

    x        (variables, observations), or (observations,) of one variable
    returns  (variables, variables); a scalar for one variable

    Raises ShapeError for more than two axes.
    """
    found = cov(x)
    if found.ndim == 0:
        return found / found
    spread = sqrt(diagonal(found))
    return found / spread.reshape(spread.size, 1) / spread
