"""The bytes of a pickle, as numbers and texts."""

from __future__ import annotations

import struct
from typing import Any

from chainrule.storage.errors import FormatError

BYTE, SHORT, LONG = struct.Struct("<B"), struct.Struct("<H"), struct.Struct("<I")
SIGNED, FLOAT, FRAME = struct.Struct("<i"), struct.Struct(">d"), struct.Struct("<Q")
_TOO_SHORT = "its pickle ends within a value, or is too long"
_LONGEST_LINE = 1000  # bytes of the name of a module or of a global


class PickleBytes:
    """Reads from bytes, one value after the other.

    place  how many of them are read
    """

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, count: int) -> bytes:
        """Return the next bytes; raises FormatError if there are fewer."""
        first = self.place
        self.place = last = first + count
        if last > len(self.content):
            raise FormatError(_TOO_SHORT)
        return self.content[first:last]

    def number(self, form: struct.Struct) -> Any:
        """Return the next number of a form."""
        first = self.place
        self.place = last = first + form.size
        if last > len(self.content):
            raise FormatError(_TOO_SHORT)
        return form.unpack_from(self.content, first)[0]

    def long(self) -> int:
        """Return the next integer of any size, of at most 255 bytes."""
        return int.from_bytes(self.take(self.number(BYTE)), "little", signed=True)

    def block(self, form: struct.Struct) -> bytes:
        """Return the next bytes, whose count precedes them."""
        return self.take(self.number(form))

    def text(self, form: struct.Struct) -> str:
        """Return the next text, whose count of bytes precedes it."""
        return _text(self.block(form))

    def line(self) -> str:
        """Return the text up to the next line feed."""
        end = self.content.find(b"\n", self.place, self.place + _LONGEST_LINE)
        if end < 0:
            raise FormatError("its pickle has a name without end")
        found = self.take(end - self.place)
        self.place += 1
        return _text(found)


def _text(found: bytes) -> str:
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise FormatError("its pickle has text that is not UTF-8") from error
