"""Errors of training."""

from chainrule.compile import NonFinite
from chainrule.graph import ChainruleError


class TrainingError(ChainruleError, ValueError):
    """Data, settings or a callback that training cannot start or continue with."""


class CheckpointError(TrainingError):
    """A checkpoint that cannot be written or read, or that belongs to another run."""


class NonFiniteError(TrainingError):
    """A loss or parameter that is infinite or NaN; the message names the first such gate.

    found  the result of a replay of the step, None if the step could not be repeated
    """

    def __init__(self, message: str, found: NonFinite | None = None) -> None:
        super().__init__(message)
        self.found = found
