"""The sizes and the dropout of an AWD-LSTM."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

LONGEST = 1440  # tokens of a text that a classifier reads; an LSTM has no positions


@dataclass(frozen=True)
class Dropouts:
    """The probabilities of dropout in training; all but `weight` are locked over time.

    words    of dropping a row of the table of words
    input    of the word vectors
    hidden   between the layers
    output   before the head
    weight   of the recurrent weights (weight drop)
    """

    words: float
    input: float
    hidden: float
    output: float
    weight: float

    def times(self, factor: float) -> Dropouts:
        """Return these probabilities times a factor, at most 1."""
        return Dropouts(*(min(1.0, each * factor) for each in vars(self).values()))


# Those of the reference library, which scales them by 0.3 to 1 (drop_mult).
LANGUAGE = Dropouts(words=0.02, input=0.25, hidden=0.15, output=0.1, weight=0.2)
CLASSIFICATION = Dropouts(words=0.05, input=0.4, hidden=0.3, output=0.4, weight=0.5)


@dataclass(frozen=True)
class Sizes:
    """The sizes of an AWD-LSTM.

    vocabulary  the number of words
    width       of the word vectors, and of the last layer
    hidden      of the other layers; empty for a single layer
    padding     the id of padding
    longest     the number of tokens to which classified texts are cut
    """

    vocabulary: int
    width: int = 400
    hidden: tuple[int, ...] = (1152, 1152)
    padding: int = 1
    longest: int = LONGEST

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The number of inputs and outputs of each layer."""
        ends = [self.width, *self.hidden, self.width]
        return [*pairwise(ends)]
