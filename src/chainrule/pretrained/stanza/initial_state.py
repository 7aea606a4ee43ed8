"""An LSTM whose state before the first step is trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Tensor, parameter
from chainrule.nn import LSTM, Module
from chainrule.ops import zeros
from chainrule.pretrained.body.unset import unset


class TrainedStateLSTM(Module):
    """An LSTM along sequences (batch, time, inputs) that begins with a trained state.

    output, memory  (layers · directions, 1, hidden), the state before the first step
    """

    def __init__(self, inputs: int, hidden: int, layers: int, directions: int) -> None:
        self.lstm = LSTM(
            inputs,
            hidden,
            layers=layers,
            bidirectional=directions == 2,
            batch_first=True,
            random=0,
            initial=unset,
        )
        start = np.zeros((layers * directions, 1, hidden), np.float32)
        self.output, self.memory = parameter(start), parameter(start)

    def forward(self, x: Tensor, lengths: Any = None) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Return the outputs of all steps, and the final outputs of all layers and directions."""
        count, _, hidden = self.output.shape
        nothing = zeros((count, x.shape[0], hidden), dtype="float32")
        found: Any = self.lstm(x, (self.output + nothing, self.memory + nothing), lengths)
        outputs, (last, _) = found
        return outputs, last

    def first(self, cell: int, batch: int) -> tuple[Tensor, Tensor]:
        """Return the state of one cell before the first step, (batch, hidden) each."""
        nothing = zeros((batch, self.output.shape[2]), dtype="float32")
        return self.output[cell] + nothing, self.memory[cell] + nothing
