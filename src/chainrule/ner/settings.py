"""The settings of a tagger."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Units = Literal["words", "characters"]


class Settings(BaseModel):
    """The settings of a tagger, which are stored with the model.

    window          the number of neighbours on each side of a word
    word_size       the extent of the vector of a word
    capital_size    the extent of the vector of a capitalisation
    hidden          the number of units of the hidden layer
    input_dropout   the share of inputs dropped in training, below 1
    hidden_dropout  the share of hidden units dropped in training, below 1
    unknown_rate    a word with n occurrences in training is replaced by the unknown word with the
                    probability rate / (rate + n)
    batch_size      the number of words per step
    epochs          the number of passes over the training data
    learning_rate   the learning rate of Adam
    seed            of the initial weights, the order of the data and dropout

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    window: int = Field(default=2, ge=0, le=50)
    word_size: int = Field(default=64, ge=1)
    capital_size: int = Field(default=8, ge=1)
    hidden: int = Field(default=300, ge=1)
    input_dropout: float = Field(default=0.5, ge=0, lt=1)
    hidden_dropout: float = Field(default=0.5, ge=0, lt=1)
    unknown_rate: float = Field(default=0.25, ge=0)
    batch_size: int = Field(default=256, ge=1)
    epochs: int = Field(default=12, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    seed: int = Field(default=0, ge=0)
