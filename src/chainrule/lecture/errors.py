"""Errors of this package."""

from chainrule.graph import ChainruleError


class UnknownClaimError(ChainruleError):
    """A claim was asked by a name that none has."""
