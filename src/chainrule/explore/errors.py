"""Errors raised by the views of a graph."""

from chainrule.graph import ChainruleError


class AmbiguousNameError(ChainruleError, ValueError):
    """Two different inputs of one graph carry the same name."""


class UnknownNameError(ChainruleError, KeyError):
    """The graph has no gate or scope of the given name."""

    def __str__(self) -> str:
        return str(self.args[0])


class DrawingError(ChainruleError, ValueError):
    """A picture cannot be drawn or written."""


class CompletenessError(ChainruleError, ArithmeticError):
    """Contributions do not sum to the change of the score that they should explain."""
