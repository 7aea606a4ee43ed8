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

    def parts(self, vectors: Any) -> tuple[cr.Tensor, ...]:
        """Return W_ih x + b_ih of both directions, float32 (forms, 2 size), for forms."""
        return tuple(cell.enter(vectors) for cell in self.lstm.cells)

    def from_parts(self, numbers: Any, *parts: Any) -> cr.Tensor:
        """Return (steps, lanes, size), without dropout.

        numbers  int64 (steps, lanes), the forms of the words; 0 between sentences
        """
        inside = cr.expand_dims(cr.asarray(numbers) != 0, -1)
        both = [
            _along(cell, cr.take(part, numbers, axis=0), inside, direction == 1)
            for direction, (cell, part) in enumerate(zip(self.lstm.cells, parts, strict=True))
        ]
        return cr.concat(both, axis=-1)


def _along(cell: Any, entering: cr.Tensor, inside: cr.Tensor, reverse: bool) -> cr.Tensor:
    """Return the outputs of a cell along lanes; between sentences its state is zero."""

    def step(state: Any, at: tuple[cr.Tensor, cr.Tensor]) -> tuple[Any, cr.Tensor]:
        entering, is_inside = at
        after = tuple(cr.where(is_inside, each, 0.0) for each in cell.step(state, entering))
        return after, after[0]

    first = cell.first(None, entering.shape[1])
    outputs: cr.Tensor = cr.scan(step, first, (entering, inside), reverse=reverse)[1]
    return outputs
