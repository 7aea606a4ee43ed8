"""Errors of runs on several processes."""

from collections.abc import Sequence

from chainrule.graph import ChainruleError


class DistributedError(ChainruleError, RuntimeError):
    """Processes that cannot work together, or a message between them that failed."""


class RanksLostError(DistributedError):
    """Ranks that ended, or whose hosts cannot be reached.

    ranks  their numbers; empty where only another rank knows them
    """

    def __init__(self, message: str, ranks: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.ranks = tuple(ranks)


class RanksSilentError(DistributedError):
    """Ranks that did not answer within the time limit.

    ranks  the numbers of those that neither answered nor waited for others
    """

    def __init__(self, message: str, ranks: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.ranks = tuple(ranks)


def is_loss(error: BaseException | None) -> bool:
    """Return whether the loss of ranks is an error, or caused it."""
    while error is not None and not isinstance(error, RanksLostError):
        error = error.__cause__
    return error is not None
