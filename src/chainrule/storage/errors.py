"""Errors of files."""

from chainrule.graph import ChainruleError


class StorageError(ChainruleError, OSError):
    """A file that cannot be written, read or understood; the message names it."""
