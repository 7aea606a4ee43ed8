"""Conversion of inputs to floats, for layers without a dtype."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike, as_tensor, float32


def as_float(x: TensorLike) -> Tensor:
    """Return `x` as a tensor of floats; integers and bools become float32."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else x.astype(float32)
