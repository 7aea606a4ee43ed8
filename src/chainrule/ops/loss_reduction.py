"""Reduction of losses: mean, sum or none."""

from __future__ import annotations

from typing import Literal

from chainrule.graph import Tensor
from chainrule.ops.where import where

Reduction = Literal["mean", "sum", "none"]


def reduced(
    values: Tensor,
    reduction: Reduction,
    weights: Tensor | None = None,
    counted: Tensor | None = None,
) -> Tensor:
    """Return the mean or the sum of `values`, or `values` for "none".

    weights  the weights of `values`, which are already weighted; 1 unless given. The mean is
             Σ values / Σ weights, and 0 if no value is counted
    counted  bools: the values that are counted, None for all; the others become 0

    Raises ValueError for another reduction.
    """
    if counted is not None:
        values = where(counted, values, 0)
        weights = counted.astype(values.dtype) if weights is None else where(counted, weights, 0)
    if reduction == "none":
        return values
    if reduction == "sum":
        return values.sum()
    if reduction != "mean":
        raise ValueError(
            f"The reduction {reduction!r} was asked for. Choose 'mean', 'sum' or 'none'."
        )
    if weights is None:
        return values.mean() if values.size else values.sum()
    total = weights.sum()
    return values.sum() / where(total == 0, 1, total)
