"""Errors of reading and writing files."""

from chainrule.graph import ChainruleError


class StorageError(ChainruleError, OSError):
    """Raised for a file that cannot be written, read or parsed; the message names the file."""


class FormatError(ValueError):
    """Raised for content that does not follow a format; the message is the reason, a clause."""
