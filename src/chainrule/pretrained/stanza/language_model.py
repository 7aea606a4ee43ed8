"""A language model over characters, in one direction."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Tensor, as_tensor
from chainrule.nn import Embedding, Linear, Module
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

        Letters behind the end of a text do not change what is before them.
        """
        found: Any = self.run(self.embedding(as_tensor(letters)))
        outputs: Tensor = found[0]
        return outputs
