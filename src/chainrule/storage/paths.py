"""Formats paths and system errors for messages."""

from __future__ import annotations

import os

AnyPath = str | os.PathLike[str]


def shown(path: AnyPath) -> str:
    """Return a path as text; characters that a terminal cannot print are escaped."""
    return printable(os.fsdecode(path))


def printable(text: str) -> str:
    """Return text, or its escaped form if it has characters that a terminal cannot print."""
    return text if text.isprintable() else ascii(text)


def reason(error: Exception) -> str:
    """Return the system's description of an error of a path or a file."""
    if isinstance(error, UnicodeError):
        return "its name has characters that the file system cannot store"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
