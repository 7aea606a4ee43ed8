"""An LSTM whose output is projected and limited, along the words of sentences."""

from __future__ import annotations

from chainrule.grad import scan
from chainrule.graph import Tensor
from chainrule.nn import Module
from chainrule.ops import clip, gating_sigmoid, gating_tanh, where
from chainrule.pretrained.elmo.characters import table
from chainrule.pretrained.elmo.options import ElmoOptions

State = tuple[Tensor, Tensor]


class ProjectedLSTM(Module):
    """One layer in one direction, from (h, c) and x to (h', c').

        i, g, f, o = [x, h] W + b    input gate, candidate, forget gate, output gate
        c' = clip(σ(f + 1) c + σ(i) tanh(g))
        h' = clip((σ(o) tanh(c')) P)

    weight      W (projection + projection, 4 · cells): rows of the input, then of the state
    bias        b (4 · cells,), without the 1 of the forget gate
    projection  P (cells, projection)

    Sak et al.: Long short-term memory recurrent neural network architectures (2014).
    """

    def __init__(self, options: ElmoOptions) -> None:
        width = options.projection
        self.options = options
        self.weight = table(2 * width, 4 * options.cells)
        self.bias = table(4 * options.cells)
        self.projection = table(options.cells, width)

    def forward(  # type: ignore[override]
        self, x: Tensor, state: State, inside: Tensor, reverse: bool
    ) -> tuple[Tensor, State]:
        """Return the outputs (time, batch, projection), and the final state.

        x        (time, batch, projection)
        state    before the first step: output (batch, projection) and memory (batch, cells)
        inside   bools (time, batch, 1): whether there is a word; elsewhere the state stays
        reverse  from the last step to the first
        """
        width = self.options.projection
        products = x @ self.weight[:width] + self.bias
        recurrent = self.weight[width:]

        def step(before: State, now: tuple[Tensor, Tensor]) -> tuple[State, Tensor]:
            entering, goes_on = now
            h, c = self._next(entering + before[0] @ recurrent, before[1])
            held = where(goes_on, h, before[0]), where(goes_on, c, before[1])
            return held, where(goes_on, h, 0)

        final, outputs = scan(step, state, (products, inside), reverse=reverse)
        return outputs, final

    def _next(self, sums: Tensor, c: Tensor) -> State:
        cells, limits = self.options.cells, self.options
        i, g, f, o = (sums[:, k * cells : (k + 1) * cells] for k in range(4))
        c = gating_sigmoid(f + 1) * c + gating_sigmoid(i) * gating_tanh(g)
        c = _limited(c, limits.cell_clip)
        h = (gating_sigmoid(o) * gating_tanh(c)) @ self.projection
        return _limited(h, limits.output_clip), c


def _limited(x: Tensor, limit: float | None) -> Tensor:
    return x if limit is None else clip(x, -limit, limit)
