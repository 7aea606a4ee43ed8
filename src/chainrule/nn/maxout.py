"""Maxout units."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, TensorLike
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, xavier_uniform
from chainrule.nn.linear import Linear
from chainrule.nn.module.module import Module
from chainrule.ops import maxout


class Maxout(Module):
    """Maxout: the maximum of several linear functions per unit, (..., inputs) to (..., units).

    pieces  the number of linear functions per unit; the rows of a unit are adjacent in the weight
    linear  the layer that computes them: weight (units · pieces, inputs), bias (units · pieces,)
    random  a NumPy generator or a seed; fresh entropy if None

    Goodfellow et al., Maxout networks (2013). Raises ShapeError for fewer than one piece, and
    unless the last axis has the inputs' extent.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        pieces: int = 2,
        *,
        initial: Initialiser = xavier_uniform,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents("Maxout", inputs=inputs, units=units, pieces=pieces)
        self.pieces = pieces
        self.linear = Linear(inputs, units * pieces, initial=initial, dtype=dtype, random=random)

    def forward(self, x: TensorLike) -> Tensor:
        """Return the largest piece of every unit."""
        return maxout(self.linear(x), self.pieces)
