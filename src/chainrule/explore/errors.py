"""Errors raised by the views of a graph."""

from chainrule.graph import ChainruleError


class AmbiguousNameError(ChainruleError, ValueError):
    """Two different inputs of one graph carry the same name."""


class UnknownNameError(ChainruleError, KeyError):
    """A gate or scope was asked for by a name that the graph does not have."""

    def __str__(self) -> str:
        return str(self.args[0])


class DrawingError(ChainruleError, ValueError):
    """A picture that cannot be drawn or written."""
