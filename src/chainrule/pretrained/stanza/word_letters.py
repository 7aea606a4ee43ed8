"""Vectors of words from their letters, read in both directions."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Tensor, as_tensor
from chainrule.nn import Embedding, Module
from chainrule.ops import concat
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.stanza.initial_state import TrainedStateLSTM
from chainrule.pretrained.stanza.settings import LetterSettings


class WordLetters(Module):
    """The last outputs of an LSTM along the letters of a word, of both directions."""

    def __init__(self, settings: LetterSettings) -> None:
        self.embedding = Embedding(settings.count, settings.width, initial=unset)
        self.run = TrainedStateLSTM(settings.width, settings.hidden, settings.layers, 2)

    def forward(self, letters: Any, lengths: Any) -> Tensor:
        """Return (words, 2 · hidden), of letters (words, letters) and their numbers (words,)."""
        found: Any = self.run(self.embedding(as_tensor(letters)), lengths)
        last = found[1]
        return concat([last[-2], last[-1]], -1)
