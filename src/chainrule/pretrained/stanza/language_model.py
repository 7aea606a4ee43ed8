"""A language model over characters, in one direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.grad import scan
from chainrule.graph import Tensor, as_tensor
from chainrule.nn import Cell, Embedding, Linear, Module
from chainrule.ops import permute_dims, take
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.stanza.initial_state import TrainedStateLSTM
from chainrule.pretrained.stanza.settings import LetterSettings


class CharacterLanguageModel(Module):
    """Predicts the next letter of a text; its outputs are features of the words.

    Akbik et al.: Contextual string embeddings for sequence labeling (2018).
    """

    def __init__(self, settings: LetterSettings) -> None:
        self.settings = settings
        self.embedding = Embedding(settings.count, settings.width, initial=unset)
        self.run = TrainedStateLSTM(settings.width, settings.hidden, settings.layers, 1)
        self.decoder = Linear(settings.hidden, settings.count, initial=unset)

    def forward(self, letters: Any) -> Tensor:
        """Return the scores of the next letter, (batch, letters, count)."""
        return self.decoder(self.outputs(letters))

    def outputs(self, letters: Any) -> Tensor:
        """Return the outputs of the LSTM, (batch, letters, hidden), of `letters` (batch, letters).

        Letters behind the end of a text do not change what is before them. There are few different
        letters, so that the first layer multiplies its weights with the table of their vectors, and
        each step looks its row up.
        """
        given = permute_dims(as_tensor(letters), (1, 0))
        cells: Any = self.run.lstm.cells
        sums = cells[0].enter(self.embedding.weight)
        x = _along(cells[0], self.run.first(0, given.shape[1]), given, lambda now: take(sums, now))
        for number, cell in enumerate(cells[1:], 1):
            x = _along(cell, self.run.first(number, x.shape[1]), cell.enter(x), lambda now: now)
        return permute_dims(x, (1, 0, 2))


def _along(cell: Cell, first: Any, inputs: Tensor, entering: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the outputs of a cell at all steps, (time, batch, hidden).

    entering  returns W_ih x + b_ih for the inputs of a step
    """

    def step(before: Any, now: Tensor) -> tuple[Any, Tensor]:
        after = cell.step(before, entering(now))
        return after, after[0]

    outputs: Tensor = scan(step, first, inputs)[1]
    return outputs
