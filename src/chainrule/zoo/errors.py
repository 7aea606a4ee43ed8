"""Errors of this package."""

from chainrule.graph import ChainruleError


class UnknownNetworkError(ChainruleError):
    """There is no network of the given name."""


class MissingPackageError(ChainruleError):
    """A demonstration needs an optional package that is not installed."""
