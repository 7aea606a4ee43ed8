"""The recurrent encoder: an LSTM along the sentence in both directions."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Settings


class BiLSTM(cr.nn.Module):
    """The states of two LSTMs at each word, one from the left, one from the right; dropout around.

    Huang, Xu, Yu: Bidirectional LSTM-CRF models for sequence tagging (2015).
    """

    def __init__(self, inputs: int, settings: Settings, random: np.random.Generator) -> None:
        half = max(1, settings.hidden // 2)
        self.size = 2 * half
        self.input_dropout = cr.nn.Dropout(settings.input_dropout, random=random)
        self.lstm = cr.nn.LSTM(inputs, half, bidirectional=True, batch_first=True, random=random)
        self.hidden_dropout = cr.nn.Dropout(settings.hidden_dropout, random=random)

    @staticmethod
    def shapes(inputs: int, settings: Settings) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters, by path."""
        half = max(1, settings.hidden // 2)
        shapes: dict[str, tuple[int, ...]] = {}
        for ending in ("_l0", "_l0_reverse"):
            shapes[f"lstm.weight_ih{ending}"] = (4 * half, inputs)
            shapes[f"lstm.weight_hh{ending}"] = (4 * half, half)
            shapes |= {f"lstm.bias_{part}{ending}": (4 * half,) for part in ("ih", "hh")}
        return shapes

    @staticmethod
    def margin(settings: Settings) -> int:
        """Return the number of paddings on each side of a sentence."""
        return 0

    def forward(self, vectors: Any, lengths: Any) -> cr.Tensor:
        """Return (sentences, words, size) for vectors (sentences, words, inputs)."""
        states, _ = self.lstm(self.input_dropout(vectors), lengths=lengths)
        return self.hidden_dropout(states)
