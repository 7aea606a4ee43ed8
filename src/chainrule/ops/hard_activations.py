"""Piecewise linear activation functions, and `clip`."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs
from chainrule.ops.named_gate import named_gate
from chainrule.ops.where import maximum, minimum, where


def clip(
    x: TensorLike,
    min: TensorLike | None = None,
    max: TensorLike | None = None,
    *,
    low: TensorLike | None = None,
    high: TensorLike | None = None,
) -> Tensor:
    """Return x limited to [min, max]; `max` if min > max.

    min, max   numbers, arrays or tensors that broadcast with x; None for no limit
    low, high  other names of these limits
    returns    a tensor of the promoted dtype; NaN where an operand is NaN

    x receives the upstream gradient strictly between the limits; at and outside a limit, the limit
    receives it. Raises TypeError for a limit given under both names.
    """
    x = as_tensor(x)
    lower, upper = _one_of("min", min, "low", low), _one_of("max", max, "high", high)
    raised = x if lower is None else maximum(x, lower)
    return raised if upper is None else minimum(raised, upper)


def _one_of(
    name: str, value: TensorLike | None, second: str, other: TensorLike | None
) -> TensorLike | None:
    if value is not None and other is not None:
        raise TypeError(
            f"clip was given {name}= and {second}=, which are two names of one limit. Give one "
            "of them."
        )
    return other if value is None else value


@named_gate(
    "passes or blocks: elements between -1 and 1 pass their upstream gradient, the "
    "others pass nothing"
)
def hard_tanh(x: TensorLike) -> Tensor:
    """Return x limited to [-1, 1]: min(max(x, -1), 1). The gradient at ±1 is 0."""
    return clip(x, -1, 1)


@named_gate(
    "passes or blocks: elements between 0 and 6 pass their upstream gradient, the "
    "others pass nothing"
)
def relu6(x: TensorLike) -> Tensor:
    """Return x limited to [0, 6]: Krizhevsky, Convolutional deep belief networks (2010)."""
    return clip(x, 0, 6)


@named_gate(
    "scales by 1/6 or blocks: elements between -3 and 3 pass a sixth, the others pass nothing"
)
def hard_sigmoid(x: TensorLike) -> Tensor:
    """Return x / 6 + 1/2 limited to [0, 1], a piecewise linear sigmoid: Howard et al. (2019)."""
    return clip(as_tensor(x) * (1 / 6) + 0.5, 0, 1)


@named_gate(
    "scales by x/3 + 1/2 between -3 and 3; larger elements pass everything, smaller ones nothing"
)
def hard_swish(x: TensorLike) -> Tensor:
    """Return x · hard_sigmoid(x): Howard et al., Searching for MobileNetV3 (2019)."""
    x = as_tensor(x)
    return x * hard_sigmoid(x)


@named_gate(
    "passes or blocks: elements beyond the limit pass their upstream gradient, the "
    "others pass nothing"
)
def hard_shrink(x: TensorLike, limit: float = 0.5) -> Tensor:
    """Return x where |x| > limit, else 0: hard thresholding."""
    x = as_tensor(x)
    return where(abs(x) <= limit, 0, x)


@named_gate(
    "passes or blocks: elements beyond the limit pass their upstream gradient, the "
    "others pass nothing"
)
def soft_shrink(x: TensorLike, limit: float = 0.5) -> Tensor:
    """Return sign(x) max(|x| - limit, 0): soft thresholding."""
    x = as_tensor(x)
    return where(abs(x) <= limit, 0, x - clip(x, -limit, limit))
