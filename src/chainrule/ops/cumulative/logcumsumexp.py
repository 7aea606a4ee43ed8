"""The logarithm of cumulative sums of powers of e, without overflow."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike, normalise_axis
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float
from chainrule.ops.cumulative.cumulative_extremes import cummax
from chainrule.ops.cumulative.recurrence import linear_recurrence, moved
from chainrule.ops.elementary import exp, log, stop_gradient
from chainrule.ops.named_gate import named_gate
from chainrule.ops.where import where


@named_gate("shares: an element receives later upstream gradients times its part of each sum")
def logcumsumexp(x: TensorLike, axis: int = 0) -> Tensor:
    """Return log Σ exp(x) of the elements up to each place along `axis`, without overflow.

    returns  a tensor of the shape of `x`, floating-point; -inf as long as all elements are -inf

    Sums are kept relative to the largest element so far, so that no power exceeds 1. Raises
    ShapeError for an axis outside `x`.
    """
    x = as_float(x)
    at = normalise_axis(axis, x.ndim)
    if not x.size:
        return x
    largest = stop_gradient(cummax(x, at)[0])
    before = moved(largest, at, 1, float("-inf"))
    unit = where(abs(largest) < float("inf"), largest, 0)
    shrinks = exp(where(before == largest, 0, before - largest))
    total = linear_recurrence(shrinks, exp(x - unit), at)
    empty = total == 0
    return where(empty, float("-inf"), log(where(empty, 1, total)) + unit)
