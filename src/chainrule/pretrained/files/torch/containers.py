"""The two containers in which PyTorch writes a pickle and the storages that it refers to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from chainrule.pretrained.files.torch.pickle_bytes import PickleBytes
from chainrule.pretrained.files.torch.pickle_instructions import unpickle
from chainrule.pretrained.files.torch.pickle_machine import Globals
from chainrule.pretrained.files.torch.tensors import Order, Storage, storage_of
from chainrule.pretrained.files.torch.zip_members import Member, member_start, read_directory
from chainrule.storage.errors import FormatError

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_LONGEST_PICKLE = 64_000_000  # bytes
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_ORDERS: Mapping[bytes, Order] = {b"little": "<", b"big": ">"}


@dataclass(frozen=True)
class Content:
    """The content of a container.

    value   what was pickled
    starts  the position of each storage in the file, by key
    order   the byte order of elements, "<" or ">"
    """

    value: Any
    starts: Mapping[str, int]
    order: Order


class _Storages:
    """The storages that a pickle refers to; raises FormatError if one is described in two ways."""

    def __init__(self) -> None:
        self.by_key: dict[str, Storage] = {}

    def __call__(self, identifier: Any) -> Storage:
        storage = storage_of(identifier)
        if self.by_key.setdefault(storage.key, storage) != storage:
            raise FormatError("its pickle gives one storage two types or sizes")
        return storage


def read_container(file: BinaryIO, table: Globals) -> Content:
    """Return the content of an open file that `torch.save` wrote; storages are not read.

    table  the globals that its pickle may ask for

    Raises FormatError for anything else.
    """
    first = file.read(4)
    if first.startswith(_ZIP):
        return _read_zip(file, table)
    if first.startswith(_PICKLE):
        return _read_legacy(file, table)
    raise FormatError("it begins with neither of the two forms that torch.save writes")


def _read_zip(file: BinaryIO, table: Globals) -> Content:
    members = read_directory(file)
    folder = _folder(members)
    length = members[f"{folder}/data.pkl"].size
    start = member_start(file, f"{folder}/data.pkl", members[f"{folder}/data.pkl"])
    storages = _Storages()
    value = unpickle(_pickle(file, start, length), table, storages)
    return Content(
        value, _member_starts(file, members, folder, storages), _order(file, members, folder)
    )


def _read_legacy(file: BinaryIO, table: Globals) -> Content:
    """Return the content of the legacy form.

    It has five pickles: a number, a version, facts about the machine, the value, and the keys of
    storages. The storages follow, each after the count of its elements, in little-endian order.
    """
    size = os.fstat(file.fileno()).st_size
    storages, source = _Storages(), _pickle(file, 0, min(size, _LONGEST_PICKLE))
    if unpickle(source) != _MAGIC or unpickle(source) != _PROTOCOL:
        raise FormatError("it does not begin as a file of PyTorch")
    unpickle(source)
    value = unpickle(source, table, storages)
    keys = unpickle(source)
    if not isinstance(keys, list) or not all(isinstance(each, str) for each in keys):
        raise FormatError("it has no list of its storages")
    if len(keys) != len(storages.by_key) or set(keys) != set(storages.by_key):
        raise FormatError("its list of storages has others than its pickle")
    found = [storages.by_key[each] for each in keys]
    return Content(value, _rows(file, size, source.place, found), "<")


def _pickle(file: BinaryIO, start: int, length: int) -> PickleBytes:
    if length > _LONGEST_PICKLE:
        raise FormatError(f"its pickle has {length} bytes, more than {_LONGEST_PICKLE}")
    file.seek(start)
    return PickleBytes(file.read(length))


def _folder(members: Mapping[str, Member]) -> str:
    """Return the one folder at the top of the zip file that has a pickle."""
    found = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(found) != 1:
        raise FormatError("the zip file is not of PyTorch: it has no single data.pkl in a folder")
    return found[0].removesuffix("/data.pkl")


def _order(file: BinaryIO, members: Mapping[str, Member], folder: str) -> Order:
    name = f"{folder}/byteorder"
    if name not in members:
        return "<"
    start = member_start(file, name, members[name])
    file.seek(start)
    text = file.read(min(members[name].size, 10))
    if text not in _ORDERS:
        raise FormatError("its byte order is neither little nor big")
    return _ORDERS[text]


def _member_starts(
    file: BinaryIO, members: Mapping[str, Member], folder: str, storages: _Storages
) -> dict[str, int]:
    """Return the position of each storage; raises FormatError for sizes and for overlaps."""
    starts: dict[str, int] = {}
    for key, storage in storages.by_key.items():
        name = f"{folder}/data/{key}"
        if name not in members or members[name].size != storage.size:
            found = f"{members[name].size} bytes" if name in members else "no member"
            raise FormatError(
                f"its pickle gives storage {ascii(key)[:40]} {storage.size} bytes, and the zip "
                f"file has {found} for it"
            )
        starts[key] = member_start(file, name, members[name])
    end = 0
    for start, size in sorted((starts[key], each.size) for key, each in storages.by_key.items()):
        if start < end:
            raise FormatError("the zip file has members that overlap")
        end = start + size
    return starts


def _rows(file: BinaryIO, size: int, place: int, storages: list[Storage]) -> dict[str, int]:
    """Return the position of each storage behind the pickles of a legacy container."""
    starts: dict[str, int] = {}
    for storage in storages:
        file.seek(place)
        count = int.from_bytes(file.read(8), "little", signed=True)
        if count != storage.count:
            raise FormatError(
                f"storage {ascii(storage.key)[:40]} has {count} elements, and its pickle gives "
                f"{storage.count}"
            )
        starts[storage.key] = place + 8
        place += 8 + storage.size
        if place > size:
            raise FormatError("it ends within a storage")
    if place != size:
        raise FormatError("it goes on after its last storage")
    return starts
