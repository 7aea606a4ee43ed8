"""The error of files of word vectors, and of what is asked of them."""

from chainrule.graph.errors import ChainruleError


class VectorsError(ChainruleError, ValueError):
    """Raised for word vectors that cannot be read, written or compared; states the reason."""
