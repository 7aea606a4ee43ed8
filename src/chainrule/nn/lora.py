"""LoRA: a trainable update of low rank beside a matrix that stays as it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor, as_dtype, parameter
from chainrule.nn.dropout import Dropout
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import generator
from chainrule.nn.module.module import Module


class LoRA(Module):
    """The update of low rank beside a matrix W: x becomes W x + (alpha / rank) B A x.

    a        (rank, inputs), normal with deviation 1 / sqrt(inputs)
    b        (outputs, rank), zeros: at first, the update is 0
    alpha    the factor of the update, times rank; `rank` if None
    dropout  the probability of dropping an input of the update in training
    random   a NumPy generator or a seed; fresh entropy if None

    `add_lora` puts one beside the matrices of a model. Hu et al.: LoRA: Low-rank adaptation of
    large language models (2021), section 4.1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rank: int,
        *,
        alpha: float | None = None,
        dropout: float = 0.0,
        dtype: str | np.dtype[Any] = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents("LoRA", inputs=inputs, outputs=outputs, rank=rank)
        source, kind = generator(random), as_dtype(dtype)
        self.alpha = float(rank if alpha is None else alpha)
        values = source.standard_normal((rank, inputs)) / math.sqrt(inputs)
        self.a = parameter(values.astype(kind))
        self.b = parameter(np.zeros((outputs, rank), kind))
        self.dropout = Dropout(dropout, random=source) if dropout else None

    @property
    def scale(self) -> float:
        """The factor of the update: alpha / rank."""
        return self.alpha / self.a.shape[0]

    def forward(self, x: Tensor, rows: slice = slice(None)) -> Tensor:
        """Return (alpha / rank) B A x, on the last axis: (..., inputs) to (..., outputs).

        rows  of the outputs that are computed
        """
        dropped = x if self.dropout is None else self.dropout(x)
        return (dropped @ self.a.T) @ (self.b[rows].T * self.scale)

    def matrix(self) -> Array:
        """Return the update (alpha / rank) B A as a matrix, (outputs, inputs)."""
        product: Array = self.b.value @ self.a.value * self.scale
        return product.astype(self.a.dtype)
