"""Flattening of all axes but the first."""

from __future__ import annotations

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.nn.module.module import Module


class Flatten(Module):
    """Reshape (batch, ...) to (batch, features). Raises ShapeError for a scalar."""

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with its elements in two axes; raises ShapeError for a scalar."""
        x = as_tensor(x)
        if x.ndim == 0:
            raise ShapeError("Flatten was given a scalar. Give a tensor with a batch axis.")
        features = 1
        for extent in x.shape[1:]:
            features *= extent
        return x.reshape(x.shape[0], features)
