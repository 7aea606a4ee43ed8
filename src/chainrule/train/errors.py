"""Trouble in training: each is a sentence, and nothing is lost by it."""

from chainrule.compile import NonFinite
from chainrule.graph import ChainruleError


class TrainingError(ChainruleError, ValueError):
    """Data, settings or a callback with which training cannot begin or go on."""


class CheckpointError(TrainingError):
    """A checkpoint that cannot be written, read, or does not fit this run."""


class NonFiniteError(TrainingError):
    """A loss or a parameter that became infinite or NaN; the message names the first bad gate.

    found  what a replay of the step found, None if it could not be repeated
    """

    def __init__(self, message: str, found: NonFinite | None = None) -> None:
        super().__init__(message)
        self.found = found
