"""Layer normalisation: every vector is centred and scaled to unit variance."""

from __future__ import annotations

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.module import Module
from chainrule.ops import layer_norm


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + epsilon) · weight + bias, over the last axis of `size`.

    weight, bias  (size,), ones and zeros at first

    Ba, Kiros, Hinton: Layer normalization (2016). Raises ShapeError for another last axis.
    """

    def __init__(self, size: int, epsilon: float = 1e-5, *, dtype: str = "float32") -> None:
        self.epsilon = epsilon
        self.weight = parameter(np.ones(size, as_dtype(dtype)))
        self.bias = parameter(np.zeros(size, as_dtype(dtype)))

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` normalised, in its shape and in the dtype of the weight."""
        x = as_tensor(x).astype(self.weight.dtype)
        if x.ndim == 0 or x.shape[-1:] != self.weight.shape:
            raise ShapeError(
                f"The layer norm {self.weight.name!r} takes {self.weight.shape[0]} features on the "
                f"last axis, but was given shape {x.shape}."
            )
        return layer_norm(x, self.weight, self.bias, self.epsilon)
