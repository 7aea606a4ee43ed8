"""The bytes of a pickle: numbers and texts are read only where they fit into the file."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

from chainrule.storage.errors import FormatError

_LONGEST_LINE = 1000  # bytes of the name of a module or of a global


class PickleBytes:
    """Reads from an open file, from its current position to a limit.

    end  the position that is not read beyond
    """

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self._left = end - file.tell()

    def take(self, count: int) -> bytes:
        """Return the next bytes; raises FormatError, before memory is taken, if there are fewer."""
        if count > self._left:
            raise FormatError("its pickle ends within a value, or is too long")
        self._left -= count
        found = self._file.read(count)
        if len(found) != count:
            raise FormatError("it ends within its pickle")
        return found

    def number(self, form: str) -> Any:
        """Return the next number, in a form of the module struct."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def long(self) -> int:
        """Return the next integer of any size, of at most 255 bytes."""
        return int.from_bytes(self.take(self.number("<B")), "little", signed=True)

    def block(self, form: str) -> bytes:
        """Return the next bytes, whose count precedes them in a form of the module struct."""
        return self.take(self.number(form))

    def text(self, form: str) -> str:
        """Return the next text, whose count of bytes precedes it."""
        return _text(self.block(form))

    def line(self) -> str:
        """Return the text up to the next line feed."""
        found = self._file.readline(min(self._left, _LONGEST_LINE))
        self._left -= len(found)
        if not found.endswith(b"\n"):
            raise FormatError("its pickle has a name without end")
        return _text(found[:-1])


def _text(found: bytes) -> str:
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise FormatError("its pickle has text that is not UTF-8") from error
