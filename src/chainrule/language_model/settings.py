"""The settings of the training of a character language model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chainrule.pretrained.flair import LanguageModelSettings

Direction = Literal["forward", "backward"]


class Settings(BaseModel):
    """The settings of a model and of its training.

    direction      "forward" reads text as it is written, "backward" from its end
    hidden         the units of the LSTM, which is the extent of the vector of a word
    embedding      the extent of the vector of a character
    layers         the layers of the LSTM
    dropout        of character vectors and outputs, below 1
    min_count      characters with fewer occurrences are read as one unknown character
    batch_size     streams that are read side by side
    steps          characters of each stream per training step: gradients go back as far
    epochs         passes over the text
    learning_rate  the rate of Adam in the first step; it falls to 0 as half a cosine
    clip           the largest norm of the gradients
    held_out       the share of the text, its end, on which perplexity is measured; below 1
    seed           of the initial weights and dropout

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    direction: Direction = "forward"
    hidden: int = Field(default=512, ge=1)
    embedding: int = Field(default=100, ge=1)
    layers: int = Field(default=1, ge=1, le=64)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    min_count: int = Field(default=5, ge=1)
    batch_size: int = Field(default=32, ge=1)
    steps: int = Field(default=128, ge=1)
    epochs: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    clip: float = Field(default=1.0, gt=0)
    held_out: float = Field(default=0.01, ge=0, lt=1)
    seed: int = Field(default=0, ge=0)

    @property
    def of_model(self) -> LanguageModelSettings:
        """The settings of the model itself."""
        return LanguageModelSettings(
            forward=self.direction == "forward",
            embedding=self.embedding,
            hidden=self.hidden,
            layers=self.layers,
            dropout=self.dropout,
        )
