"""The base of recurrent cells: weights, and the projection of the inputs of all steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.graph import (
    Constant,
    Parameter,
    ShapeError,
    Tensor,
    TensorLike,
    as_dtype,
    as_tensor,
    parameter,
)
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, uniform
from chainrule.nn.module.module import Module


class Cell(Module):
    """The base of recurrent cells: one step from (input, state) to the next state.

    weight_ih  (gates · hidden, inputs), multiplies the input; bias_ih (gates · hidden,) or None
    weight_hh  (gates · hidden, hidden), multiplies the state; bias_hh (gates · hidden,) or None
    initial    an initialiser of all of them; uniform in ± 1 / sqrt(hidden) if None
    recurrent_initial, bias_initial  initialisers of weight_hh and of the biases; `initial` if None
    random     a NumPy generator or a seed; fresh entropy if None

    Names, shapes and the order of the gates are those of torch. The output has the dtype of the
    weights, float32 by default. A subclass defines the number of `gates`, the number of tensors of
    its state (`states`; for 1 the state is a tensor, not a tuple), and `step`.
    """

    gates: int = 1
    states: int = 1

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        bias: bool = True,
        initial: Initialiser | None = None,
        recurrent_initial: Initialiser | None = None,
        bias_initial: Initialiser | None = None,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents(type(self).__name__, inputs=inputs, hidden=hidden)
        source, kind = generator(random), as_dtype(dtype)

        def begun(draw: Initialiser | None, *shape: int) -> Parameter:
            draw = draw or initial or uniform(1 / math.sqrt(hidden))
            return parameter(drawn(draw, shape, source, kind))

        rows = self.gates * hidden
        self.inputs, self.hidden = inputs, hidden
        self.weight_ih = begun(initial, rows, inputs)
        self.weight_hh = begun(recurrent_initial, rows, hidden)
        self.bias_ih = begun(bias_initial, rows) if bias else None
        self.bias_hh = begun(bias_initial, rows) if bias else None

    def step(self, state: Any, entering: Tensor) -> Any:
        """Return the next state from a state and the projected input (batch, gates · hidden)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no step. Define step(self, state, entering) to return "
            "the next state."
        )

    def forward(self, x: TensorLike, state: Any = None) -> Any:
        """Return the next state from an input (batch, inputs) and a state (batch, hidden).

        A state of None is zeros. Raises ShapeError for other shapes.
        """
        x = as_tensor(x)
        if x.ndim != 2:
            raise ShapeError(
                f"{self.title} takes x of shape (batch, {self.inputs}), but was given {x.shape}. "
                "For whole sequences use the layer of the same name without 'Cell'."
            )
        return self.step(self.first(state, x.shape[0]), self.enter(x))

    def enter(self, x: TensorLike) -> Tensor:
        """Return W_ih x + b_ih for every vector on the last axis of `x`."""
        return self.with_bias(self.project(x))

    def project(self, x: TensorLike) -> Tensor:
        """Return W_ih x for every vector on the last axis of `x`."""
        x = as_tensor(x).astype(self.weight_ih.dtype)
        if x.ndim == 0 or x.shape[-1] != self.inputs:
            raise ShapeError(
                f"{self.title} takes {self.inputs} inputs on the last axis, but was given x of "
                f"shape {x.shape}."
            )
        return x @ self.weight_ih.T

    def with_bias(self, products: Tensor) -> Tensor:
        """Return W_ih x + b_ih, given W_ih x."""
        return products if self.bias_ih is None else products + self.bias_ih

    def recur(self, state: Tensor) -> Tensor:
        """Return W_hh h + b_hh for a state h (batch, hidden)."""
        products = state @ self.weight_hh.T
        return products if self.bias_hh is None else products + self.bias_hh

    def first(self, state: Any, batch: int) -> Any:
        """Return the initial state in the dtype of the weights; zeros for None."""
        wanted, dtype = (batch, self.hidden), self.weight_hh.dtype
        if state is None:
            zeros = Constant(np.zeros(wanted, dtype))
            return zeros if self.states == 1 else (zeros,) * self.states
        given = self.tensors(state)
        found = tuple(as_tensor(each).astype(dtype) for each in given)
        if len(found) != self.states or any(each.shape != wanted for each in found):
            raise ShapeError(
                f"{self.title} takes a state of {self.states} tensor(s) of shape {wanted}, but was "
                f"given {', '.join(str(each.shape) for each in found)}."
            )
        return found[0] if self.states == 1 else found

    def tensors(self, state: Any) -> tuple[Any, ...]:
        """Return the tensors of a state."""
        several = isinstance(state, tuple) or (isinstance(state, list) and self.states > 1)
        return tuple(state) if several else (state,)

    @property
    def title(self) -> str:
        """The name of the cell in messages: its class and the path of its weights."""
        return f"The {type(self).__name__} of {self.weight_ih.name!r}"

    def parts(self, x: Tensor) -> list[Tensor]:
        """Return the slices of the gates on the last axis, in order."""
        n = self.hidden
        return [x[:, i * n : (i + 1) * n] for i in range(self.gates)]
