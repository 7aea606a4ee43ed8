"""Errors of this package."""

from chainrule.graph import ChainruleError


class UnknownClaimError(ChainruleError):
    """There is no claim of the given name."""
