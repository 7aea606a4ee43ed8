"""How far a training of word vectors is."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule import ChainruleError


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    epoch  the number of the current epoch, from 1
    words  tokens of the text that were passed over in all epochs, with those left out
    loss   the loss per pair in some of the last steps, in nats
    """

    epoch: int
    words: float
    loss: float


def diverged() -> ChainruleError:
    """Return the error of a training whose numbers are not finite."""
    return ChainruleError(
        "The training diverged: numbers are not finite. Train again with a smaller --learning-rate."
    )
