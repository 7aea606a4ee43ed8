"""Errors of the server of explorer pages."""

from chainrule.graph import ChainruleError


class LiveError(ChainruleError):
    """A page cannot be served, or cannot be opened in a browser."""
