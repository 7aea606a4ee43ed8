"""The settings of a training of word vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Model = Literal["skip-gram", "cbow"]
Tokens = Literal["words", "blanks"]


class Settings(BaseModel):
    """The settings of a training of word vectors.

    model          "skip-gram": a word predicts each word around it; "cbow": the mean of the words
                   around it predicts a word
    size           the number of elements of a vector
    window         the largest distance of a word around; for each word it is drawn from 1 to this
    negative       random words per pair that are told from the true one
    min_count      words with fewer occurrences are left out of the text
    subsample      words with a share f of the text above this are kept with the probability
                   sqrt(subsample / f) + subsample / f; 0 keeps all
    epochs         the number of passes over the text
    tokens         "words": tokens of `chainrule.text.tokenize`; "blanks": text between blanks
    lower          convert the text to lower case
    zero_digits    replace digits by 0
    learning_rate  of Adagrad at the start; it goes down to a tenth linearly
    seed           of the first vectors, subsampling, windows and negatives

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = "skip-gram"
    size: int = Field(default=100, ge=1, le=10_000)
    window: int = Field(default=5, ge=1, le=100)
    negative: int = Field(default=5, ge=1, le=1000)
    min_count: int = Field(default=5, ge=1)
    subsample: float = Field(default=1e-3, ge=0)
    epochs: int = Field(default=5, ge=1)
    tokens: Tokens = "words"
    lower: bool = False
    zero_digits: bool = False
    learning_rate: float = Field(default=0.1, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**63)
