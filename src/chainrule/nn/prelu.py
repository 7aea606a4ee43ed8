"""The parametric rectifier."""

from __future__ import annotations

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.extents import require_extents
from chainrule.nn.module.module import Module
from chainrule.ops import prelu


class PReLU(Module):
    """The parametric ReLU: x where it is positive, weight · x elsewhere, with a learned slope.

    channels  1 for one slope for all elements, or the extent of axis 1 for one slope per channel
    slope     the initial value of all slopes
    weight    (channels,)

    He et al., Delving deep into rectifiers (2015). Raises ShapeError for other channels.
    """

    def __init__(self, channels: int = 1, *, slope: float = 0.25, dtype: str = "float32") -> None:
        require_extents("PReLU", channels=channels)
        self.weight = parameter(np.full(channels, slope, as_dtype(dtype)))

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with its negative elements scaled."""
        x = as_tensor(x).astype(self.weight.dtype)
        channels = self.weight.shape[0]
        if channels == 1:
            return prelu(x, self.weight.reshape(()))
        if x.ndim < 2 or x.shape[1] != channels:
            raise ShapeError(
                f"The PReLU {self.weight.name!r} takes {channels} channels on axis 1, but was "
                f"given shape {x.shape}."
            )
        return prelu(x, self.weight.reshape(channels, *(1,) * (x.ndim - 2)))
