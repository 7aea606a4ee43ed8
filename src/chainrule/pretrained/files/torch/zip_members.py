"""The directory of a zip file: where members are, for members that are not compressed.

Source: PKWARE, APPNOTE.TXT, sections 4.3 and 4.5.3.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from chainrule.storage.errors import FormatError

_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END_64, _END_64_SIZE = b"PK\x06\x06", 56
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
_LOCAL, _LOCAL_SIZE = b"PK\x03\x04", 30
_LARGEST_DIRECTORY = 64_000_000  # bytes
_IN_EXTRA = 0xFFFFFFFF
_ENCRYPTED = 1
_EXTRA_64 = 1


@dataclass(frozen=True)
class Member:
    """An entry of the directory: where the header of a member is, its size, and its compression."""

    header: int
    size: int
    stored: bool


def read_directory(file: BinaryIO) -> dict[str, Member]:
    """Return the members of an open zip file by name; nothing is unpacked.

    Raises FormatError for a damaged directory, for names that occur twice, and for encryption.
    """
    size = os.fstat(file.fileno()).st_size
    start, length = _directory_place(file, size)
    if start + length > size or length > _LARGEST_DIRECTORY:
        raise FormatError("the directory of the zip file is not inside of it, or too long")
    content = _at(file, start, length)
    found: dict[str, Member] = {}
    place = 0
    while place < length:
        name, member, place = _entry(content, place)
        if name in found:
            raise FormatError(f"the zip file has {ascii(name)[:200]} twice")
        found[name] = member
    return found


def member_start(file: BinaryIO, name: str, member: Member) -> int:
    """Return the position of the content of a member.

    Raises FormatError for a member that is compressed or reaches beyond the end of the file.
    """
    if not member.stored:
        raise FormatError(
            f"{ascii(name)[:200]} in the zip file is compressed, which PyTorch does not do"
        )
    header = _at(file, member.header, _LOCAL_SIZE)
    if not header.startswith(_LOCAL):
        raise FormatError(f"the directory of the zip file is wrong about {ascii(name)[:200]}")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start: int = member.header + _LOCAL_SIZE + name_length + extra_length
    if start + member.size > os.fstat(file.fileno()).st_size:
        raise FormatError(f"{ascii(name)[:200]} reaches beyond the end of the zip file")
    return start


def _directory_place(file: BinaryIO, size: int) -> tuple[int, int]:
    """Return position and length of the directory, which the last bytes of the file give."""
    end = _at(file, size - _END_SIZE, _END_SIZE)
    if not end.startswith(_END):
        raise FormatError("it does not end with the directory of a zip file")
    locator_at = size - _END_SIZE - _LOCATOR_SIZE
    if locator_at >= 0 and (locator := _at(file, locator_at, _LOCATOR_SIZE)).startswith(_LOCATOR):
        end = _at(file, struct.unpack("<Q", locator[8:16])[0], _END_64_SIZE)
        if not end.startswith(_END_64):
            raise FormatError("the zip file lacks the end of its directory")
        length, start = struct.unpack("<QQ", end[40:56])
    else:
        length, start = struct.unpack("<II", end[12:20])
    return start, length


def _entry(content: bytes, place: int) -> tuple[str, Member, int]:
    """Return name and member of an entry of the directory, and the place of the next one."""
    fixed = content[place : place + _ENTRY_SIZE]
    if len(fixed) != _ENTRY_SIZE or not fixed.startswith(_ENTRY):
        raise FormatError("the directory of the zip file is damaged")
    flags, method = struct.unpack("<HH", fixed[8:12])
    packed, size, *lengths = struct.unpack("<IIHHH", fixed[20:34])
    header = struct.unpack("<I", fixed[42:46])[0]
    after = place + _ENTRY_SIZE
    name = content[after : after + lengths[0]]
    extra = content[after + lengths[0] : after + lengths[0] + lengths[1]]
    size, packed, header = _long_numbers(extra, [size, packed, header])
    if flags & _ENCRYPTED:
        raise FormatError("the zip file is encrypted")
    member = Member(header, size, stored=not method and packed == size)
    try:
        return name.decode(), member, after + sum(lengths)
    except UnicodeDecodeError as error:
        raise FormatError("the zip file has a name that is not UTF-8") from error


def _long_numbers(extra: bytes, numbers: list[int]) -> list[int]:
    """Return numbers of an entry; those that need 64 bits are in its extra field, in this order."""
    held = b""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == _EXTRA_64:
            held = extra[4 : 4 + length]
        extra = extra[4 + length :]
    found = []
    for each in numbers:
        if each == _IN_EXTRA and len(held) >= 8:
            each, held = struct.unpack("<Q", held[:8])[0], held[8:]
        found.append(each)
    return found


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    if place < 0 or place + length > size:
        raise FormatError("the zip file is truncated")
    file.seek(place)
    found = file.read(length)
    if len(found) != length:
        raise FormatError("the zip file is truncated")
    return found
