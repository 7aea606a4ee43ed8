"""Every error of chainrule: a sentence that says what was asked, what was found, what to do."""


class ChainruleError(Exception):
    """The base of all errors that chainrule raises on purpose."""


class ShapeError(ChainruleError, ValueError):
    """Shapes that disagree; the message names the operands, the shapes and the axis."""


class DTypeError(ChainruleError, TypeError):
    """A dtype that an operation cannot take."""


class ForeignNameError(ChainruleError, AttributeError):
    """A name of another framework; the message says what to write here."""


class UnboundInputError(ChainruleError, ValueError):
    """A graph was run, or a value was read, without a value for one of its inputs."""


class UnknownInputError(ChainruleError, ValueError):
    """A value was given for a name that is not an input of the graph."""


class CycleError(ChainruleError, ValueError):
    """A gate is its own ancestor, so that no order of evaluation exists."""


class ImmutableError(ChainruleError, TypeError):
    """An attempt to change a tensor in place."""


class GradientError(ChainruleError, ValueError):
    """A gradient that does not exist, or is not determined by what was given."""


class PrimitiveError(ChainruleError, TypeError):
    """A primitive or gate whose declaration is incomplete or contradicts itself."""


class RangeError(ChainruleError, IndexError):
    """An index outside the axis it points into."""
