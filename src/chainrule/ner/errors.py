"""Trouble with taggers."""

import chainrule as cr


class ModelError(cr.ChainruleError, ValueError):
    """A model directory that cannot be written, read or understood."""
