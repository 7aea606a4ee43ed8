"""Local response normalisation across neighbouring channels."""

from __future__ import annotations

import math
from functools import reduce

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import add
from chainrule.ops.elementary import exp, log
from chainrule.ops.shaping import pad


def local_response_norm(
    x: TensorLike, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Return x / (k + alpha · mean of x² over `size` neighbouring channels)^beta.

    x     (n, channels, ...)
    size  the number of neighbouring channels: for channel c these are c - size // 2 to
          c + (size - 1) // 2, with zeros outside the channels

    Krizhevsky, Sutskever, Hinton (2012), section 3.3; their alpha is alpha / size here (with
    k = 2, size 5, alpha / size = 1e-4, beta 0.75). Raises ShapeError without a channel axis,
    ValueError for a size below 1.
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            f"local_response_norm was given {x.label} with shape {x.shape}. "
            "Give (n, channels, ...)."
        )
    if size < 1:
        raise ValueError(f"local_response_norm was given size {size}. Give 1 channel or more.")
    flat = x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
    base = _sum_of_neighbours(flat * flat, size) * (alpha / size) + k
    return (flat * exp(log(base) * -beta)).reshape(x.shape)


def _sum_of_neighbours(x: Tensor, size: int) -> Tensor:
    """Return, for every channel of (n, channels, places), the sum over `size` channels around."""
    channels = x.shape[1]
    padded = pad(x, [(0, 0), (size // 2, (size - 1) // 2), (0, 0)])
    return reduce(add, (padded[:, start : start + channels] for start in range(size)))
