"""The linear layer."""

from __future__ import annotations

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, xavier_uniform, zeros
from chainrule.nn.module.module import Module


class Linear(Module):
    """A linear layer, z = W x + b, on the last axis: (..., inputs) to (..., outputs).

    weight  (outputs, inputs), bias (outputs,) or None
    lora    a `LoRA` beside the weight, which `add_lora` puts there; None at first
    random  a NumPy generator or a seed; fresh entropy if None
    initial, bias_initial  initialisers, Xavier uniform and zeros by default

    The output has the dtype of the weight, float32 by default. Raises
    ShapeError for another number of inputs.
    """

    lora: Module | None = None

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        initial: Initialiser = xavier_uniform,
        bias_initial: Initialiser = zeros,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents("Linear", inputs=inputs, outputs=outputs)
        source, kind = generator(random), as_dtype(dtype)
        self.weight = parameter(drawn(initial, (outputs, inputs), source, kind))
        self.bias = parameter(drawn(bias_initial, (outputs,), source, kind)) if bias else None

    def forward(self, x: TensorLike) -> Tensor:
        """Return W x + b; raises ShapeError unless the last axis of `x` has the inputs' extent."""
        x = as_tensor(x).astype(self.weight.dtype)
        if x.ndim == 0 or x.shape[-1] != self.weight.shape[1]:
            raise ShapeError(
                f"The linear layer {self.weight.name!r} takes {self.weight.shape[1]} inputs on the "
                f"last axis, but was given shape {x.shape}."
            )
        products = x @ self.weight.T
        if self.lora is not None:
            products = products + self.lora(x)
        return products if self.bias is None else products + self.bias
