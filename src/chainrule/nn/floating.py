"""Floats for layers that have no dtype of their own."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike, as_tensor, float32


def as_float(x: TensorLike) -> Tensor:
    """Return `x` as a tensor of floats: as it is, or integers and bools as float32."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else x.astype(float32)
