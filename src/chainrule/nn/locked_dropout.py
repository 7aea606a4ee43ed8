"""Locked dropout: one mask for all steps of a sequence."""

from __future__ import annotations

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike
from chainrule.nn.dropout import Dropout
from chainrule.nn.floating import as_float
from chainrule.ops import bernoulli, where


class LockedDropout(Dropout):
    """Dropout along sequences with one mask for all steps, also called variational dropout.

    axis  the axis of the steps, along which the mask is equal: 0 for (time, batch, features), 1 for
          (batch, time, features)

    Options and errors are those of `Dropout`. Gal and Ghahramani: A theoretically grounded
    application of dropout in recurrent neural networks (2016).
    """

    def __init__(
        self,
        probability: float = 0.5,
        axis: int = 0,
        *,
        random: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(probability, random=random)
        self.axis = axis

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with features dropped at all steps; in inference, `x` itself."""
        x, axis = as_float(x), self._setting("axis")
        if not -x.ndim <= axis < x.ndim:
            raise ShapeError(
                f"LockedDropout with the steps on axis {axis} was given shape {x.shape}. Give an "
                "input with that axis, or another axis."
            )
        if not self.training or self._setting("probability") == 0:
            return x
        kept, shape = 1 - self.probability, list(x.shape)
        shape[axis] = 1
        scaled = x * (1 / kept) if kept else x
        return where(bernoulli(self.stream.key(), kept, tuple(shape)), scaled, 0)
