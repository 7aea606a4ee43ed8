"""The long short-term memory (LSTM)."""

from __future__ import annotations

from chainrule.graph import Tensor
from chainrule.nn.cell import Cell
from chainrule.nn.recurrent import Recurrent
from chainrule.ops import gating_sigmoid, gating_tanh


class LSTMCell(Cell):
    """One step of an LSTM, from (h, c) and x to (h', c'); gates in torch's order i, f, g, o.

        i, f, o = σ(...), σ(...), σ(...)    input, forget and output gate
        g = tanh(...)                       candidate; each of W_ih x + b_ih + W_hh h + b_hh
        c' = f c + i g
        h' = o tanh(c')

    Options are those of `Cell`. Hochreiter and Schmidhuber (1997); Gers et al. (2000).
    """

    gates = 4
    states = 2

    def step(self, state: tuple[Tensor, Tensor], entering: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next state h and memory c, both (batch, hidden)."""
        h, c = state
        i, f, g, o = self.parts(entering + self.recur(h))
        c = gating_sigmoid(f) * c + gating_sigmoid(i) * gating_tanh(g)
        return gating_sigmoid(o) * gating_tanh(c), c


class LSTM(Recurrent):
    """An LSTM along sequences: `LSTMCell` at every step; its state is the pair (h, c).

    Options and arguments of calls are those of `Recurrent`. Hochreiter and Schmidhuber
    (1997), with the forget gate of Gers et al. (2000).
    """

    cell = LSTMCell
