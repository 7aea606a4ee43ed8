"""Errors of taggers."""

import chainrule as cr


class ModelError(cr.ChainruleError, ValueError):
    """A model folder that cannot be written or read, or that does not hold a valid tagger."""
