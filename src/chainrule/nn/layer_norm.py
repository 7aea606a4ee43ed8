"""Layer normalisation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.extents import require_extents
from chainrule.nn.module.module import Module
from chainrule.ops import layer_norm


class LayerNorm(Module):
    """Layer normalisation over the last axes of every example.

    y = (x - mean) / sqrt(variance + epsilon) · weight + bias, in training and inference.

    shape    the extents of the axes that are normalised together; a number for one axis
    affine   whether there are a weight and a bias to learn, both of `shape`
    bias     False for a weight without bias
    dtype    of the parameters and the output

    Raises ShapeError for other extents, ValueError for a negative epsilon. Ba, Kiros, Hinton: Layer
    normalization (2016).
    """

    def __init__(
        self,
        shape: int | Sequence[int],
        *,
        epsilon: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
        dtype: str = "float32",
    ) -> None:
        if epsilon < 0:
            raise ValueError(f"LayerNorm was given epsilon {epsilon}. Give 0 or more.")
        self.shape = tuple(shape) if isinstance(shape, Sequence) else (shape,)
        for extent in self.shape:
            require_extents("LayerNorm", shape=extent)
        self.epsilon, self.dtype = epsilon, as_dtype(dtype)
        self.weight = parameter(np.ones(self.shape, self.dtype)) if affine else None
        self.bias = parameter(np.zeros(self.shape, self.dtype)) if affine and bias else None

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` normalised over its last axes."""
        x = as_tensor(x).astype(self.dtype)
        lead = x.ndim - len(self.shape)
        if lead < 0 or x.shape[lead:] != self.shape:
            raise ShapeError(
                f"LayerNorm{self._name()} takes the last extents {self.shape}, but was given "
                f"shape {x.shape}."
            )
        size = math.prod(self.shape)
        weight, bias = (
            None if each is None else each.reshape(size) for each in (self.weight, self.bias)
        )
        flat = x.reshape(*x.shape[:lead], size)
        return layer_norm(flat, weight, bias, self.epsilon).reshape(x.shape)

    def _name(self) -> str:
        return "" if self.weight is None else f" {self.weight.name!r}"
