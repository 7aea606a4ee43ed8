"""The simple recurrent network (Elman)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.graph import Tensor
from chainrule.nn.cell import Cell
from chainrule.nn.recurrent import Recurrent
from chainrule.ops import gating_tanh, tanh

Activation = Callable[[Tensor], Tensor]


class RNNCell(Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh): one step of a simple recurrent network.

    activation  a function of a tensor, such as `cr.relu`; tanh by default

    Other options are those of `Cell`. Elman: Finding structure in time (1990).
    """

    def __init__(
        self, inputs: int, hidden: int, *, activation: Activation = tanh, **options: Any
    ) -> None:
        super().__init__(inputs, hidden, **options)
        self.activation = activation

    def step(self, state: Tensor, entering: Tensor) -> Tensor:
        """Return the next state, (batch, hidden)."""
        activate = gating_tanh if self.activation is tanh else self.activation
        return activate(entering + self.recur(state))


class RNN(Recurrent):
    """A simple recurrent network: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    activation  a function of a tensor, such as `cr.relu`; tanh by default

    Other options and arguments of calls are those of `Recurrent`. Elman (1990).
    """

    cell = RNNCell

    def __init__(
        self, inputs: int, hidden: int, *, activation: Activation = tanh, **options: Any
    ) -> None:
        super().__init__(inputs, hidden, activation=activation, **options)
