"""Errors of the three stages."""

import chainrule as cr


class UlmfitError(cr.ChainruleError, ValueError):
    """Text that cannot be used, or a picture that cannot be drawn."""
