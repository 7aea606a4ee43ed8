"""The character language model: an LSTM along the characters of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.nn import LSTM, Dropout, Embedding, Linear, Module, compile
from chainrule.nn.initial import generator
from chainrule.ops import stop_gradient
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.flair.characters import CharacterTable
from chainrule.pretrained.flair.settings import LanguageModelSettings
from chainrule.pretrained.flair.word_reading import word_vectors
from chainrule.pretrained.flair.writing import write_language_model
from chainrule.storage.paths import AnyPath
from chainrule.train.evaluation import in_mode


class CharacterLanguageModel(Module):
    """A language model over characters; the vectors of words are states of its LSTM.

    A forward model gives a word the state after it, at the blank behind it; a backward model, which
    reads from the end of the text, the state at the blank before it. The names of the parameters
    are those of Flair. Akbik, Blythe, Vollgraf: Contextual string embeddings for sequence labeling
    (2018).

    characters  the table of characters
    settings    the extents, and the direction
    random      a generator or a seed, for the initial weights and dropout
    """

    def __init__(
        self,
        characters: CharacterTable,
        settings: LanguageModelSettings,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = generator(random)
        self.characters, self.settings = characters, settings
        self.encoder = Embedding(len(characters), settings.embedding, random=source)
        between = settings.dropout if settings.layers > 1 else 0.0
        self.rnn = LSTM(
            settings.embedding,
            settings.hidden,
            layers=settings.layers,
            dropout=between,
            random=source,
        )
        self.drop = Dropout(settings.dropout, random=source)
        self.proj = None
        if settings.projected is not None:
            self.proj = Linear(settings.hidden, settings.projected, random=source)
        self.decoder = None
        if settings.decodes:
            self.decoder = Linear(settings.width, len(characters), random=source)

    @property
    def width(self) -> int:
        """The extent of the vector of a word."""
        return self.settings.width

    def forward(self, ids: Any, state: Any = None) -> tuple[Tensor, Any]:  # type: ignore[override]
        """Return the outputs (time, batch, width), and the state after the last character.

        ids    integers (time, batch)
        state  a pair of (layers, batch, hidden); zeros if None
        """
        outputs, state = self.rnn(self.drop(self.encoder(ids)), state)
        return self.drop(outputs if self.proj is None else self.proj(outputs)), state

    def logits(self, outputs: Any) -> Tensor:
        """Return the scores of the next character, from outputs.

        Raises PretrainedError for a model without a decoder.
        """
        if self.decoder is None:
            raise PretrainedError(
                "The scores of the next character were asked of a model without a decoder, such as "
                "that of a tagger. Load the file of the language model itself."
            )
        found: Tensor = self.decoder(outputs)
        return found

    def word_vectors(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """Return the vectors of the words of each sentence, float32 (words, width).

        A sentence is read as its words with a blank between them.
        """
        with in_mode(self, False):
            return word_vectors(self, sentences)

    @compile
    def states(self, ids: Any, state: Any) -> tuple[Tensor, Any]:
        """Return what a call returns, without gradients; compiled once per shape."""
        outputs, (h, c) = self(ids, state)
        return stop_gradient(outputs), (stop_gradient(h), stop_gradient(c))

    def save(self, folder: AnyPath) -> None:
        """Write the model to a new folder: config.json and model.safetensors."""
        write_language_model(folder, self.settings, self.characters, self.state())
