"""The exceptions of chainrule. A message says what was asked, what was found and what to do."""


class ChainruleError(Exception):
    """Base class of the exceptions that chainrule raises."""


class ShapeError(ChainruleError, ValueError):
    """Incompatible shapes; the message names the operands, the shapes and the axis."""


class DTypeError(ChainruleError, TypeError):
    """A dtype that an operation does not support."""


class ForeignNameError(ChainruleError, AttributeError):
    """A name of another framework; the message gives the equivalent in chainrule."""


class UnboundInputError(ChainruleError, ValueError):
    """A graph was run, or a value read, while an input of the graph has no value."""


class UnknownInputError(ChainruleError, ValueError):
    """A value was given for a name that is not an input of the graph."""


class CycleError(ChainruleError, ValueError):
    """A graph with a cycle, which has no topological order."""


class ImmutableError(ChainruleError, TypeError):
    """An attempt to change a tensor in place."""


class GradientError(ChainruleError, ValueError):
    """A gradient that does not exist or is ambiguous."""


class PrimitiveError(ChainruleError, TypeError):
    """An incomplete or contradictory declaration of a primitive or gate."""


class RangeError(ChainruleError, IndexError):
    """An index outside its axis."""
