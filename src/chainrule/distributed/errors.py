"""Errors of runs on several processes."""

from chainrule.graph import ChainruleError


class DistributedError(ChainruleError, RuntimeError):
    """Processes that cannot work together, or a message between them that failed."""
