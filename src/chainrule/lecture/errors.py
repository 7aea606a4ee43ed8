"""Errors of this package."""

from chainrule.graph import ChainruleError


class UnknownClaimError(ChainruleError):
    """There is no claim of the given name."""


class MissingWordsError(ChainruleError):
    """A file of word vectors lacks words that a claim compares."""
