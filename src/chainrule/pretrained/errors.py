"""The error of pretrained networks."""

from chainrule.graph import ChainruleError


class PretrainedError(ChainruleError, ValueError):
    """Raised for a pretrained network that cannot be read or used; states the reason."""
