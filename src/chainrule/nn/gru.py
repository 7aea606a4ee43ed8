"""The gated recurrent unit (GRU)."""

from __future__ import annotations

from chainrule.graph import Tensor
from chainrule.nn.cell import Cell
from chainrule.nn.recurrent import Recurrent
from chainrule.ops import gating_sigmoid, gating_tanh


class GRUCell(Cell):
    """One step of a GRU, from h and x to h'; gates in torch's order r, z, n.

        r, z = σ(W_ih x + b_ih + W_hh h + b_hh)         reset and update gate
        n = tanh(W_in x + b_in + r (W_hn h + b_hn))     candidate
        h' = (1 - z) n + z h

    Options are those of `Cell`. Cho et al.: Learning phrase representations using RNN
    encoder-decoder (2014), with the reset gate applied after the product, as in torch.
    """

    gates = 3

    def step(self, state: Tensor, entering: Tensor) -> Tensor:
        """Return the next state, (batch, hidden)."""
        entering_r, entering_z, entering_n = self.parts(entering)
        state_r, state_z, state_n = self.parts(self.recur(state))
        reset, update = gating_sigmoid(entering_r + state_r), gating_sigmoid(entering_z + state_z)
        candidate = gating_tanh(entering_n + reset * state_n)
        return candidate + update * (state - candidate)


class GRU(Recurrent):
    """A GRU along sequences: `GRUCell` at every step.

    Options and arguments of calls are those of `Recurrent`. Cho et al. (2014).
    """

    cell = GRUCell
