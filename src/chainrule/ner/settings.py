"""The settings of a tagger: checked when they are made, saved with the model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Units = Literal["words", "characters"]


class Settings(BaseModel):
    """What a tagger is built and trained with.

    window         neighbours on each side of a word
    word_size, capital_size   extents of the vectors of a word and of its capitalisation
    hidden         units of the hidden layer
    input_dropout, hidden_dropout   share of elements dropped in training
    unknown_rate   a word seen n times in training is taken for unknown with rate / (rate + n)
    batch_size, epochs, learning_rate   of training
    seed           of the first weights, the order of the data and what is dropped
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
