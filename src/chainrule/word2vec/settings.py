"""The settings of a training of word vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Model = Literal["skip-gram", "cbow"]
Tokens = Literal["words", "blanks"]

# Window, least count, lower case and digits: with these, vectors of 2.8 million words of newswire
# served a tagger best (docs/vectors.md).
# Of 0.05, 0.1, 0.4 and 0.5 for skip-gram, and of 0.027, 0.03 and 0.034 for cbow, these gave the
# vectors that agree best with GloVe 6B, after five epochs of 2.8 million words.
_FIRST_RATES: dict[Model, float] = {"skip-gram": 0.5, "cbow": 0.034}


class Settings(BaseModel):
    """The settings of a training of word vectors.

    model          "skip-gram": a word predicts each word around it; "cbow": the mean of the words
                   around it predicts a word
    size           the number of elements of a vector
    window         the largest distance of a word around; for each word it is drawn from 1 to this
    negative       random words per pair, whose scores are lowered
    min_count      words with fewer occurrences are left out of the text
    subsample      words with a share f of the text above this are kept with the probability
                   sqrt(subsample / f) + subsample / f; 0 keeps all
    epochs         the number of passes over the text
    tokens         "words": tokens of `chainrule.text.tokenize`; "blanks": text between blanks
    lower          convert the text to lower case, in which words are looked up if need be
    zero_digits    replace digits by 0, as a look-up does if need be
    learning_rate  at the start; it goes down linearly. None: 0.5 (of Adagrad), with cbow 0.034 (of
                   SGD)
    seed           of the first vectors, subsampling, windows and negatives

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = "skip-gram"
    size: int = Field(default=100, ge=1, le=10_000)
    window: int = Field(default=3, ge=1, le=100)
    negative: int = Field(default=5, ge=1, le=1000)
    min_count: int = Field(default=2, ge=1)
    subsample: float = Field(default=1e-3, ge=0)
    epochs: int = Field(default=5, ge=1)
    tokens: Tokens = "words"
    lower: bool = True
    zero_digits: bool = True
    learning_rate: float | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**63)

    @property
    def first_rate(self) -> float:
        """The learning rate of the first step."""
        return self.learning_rate or _FIRST_RATES[self.model]
