"""Reader of .npz files of NumPy; sizes in the archive and its headers are checked first.

Sources: NumPy Enhancement Proposal 1 (the .npy format); APPNOTE.TXT of PKWARE, 4.3 (archives).
"""

from __future__ import annotations

import ast
import math
import zipfile
import zlib
from typing import Any, BinaryIO

import numpy as np

from chainrule.graph import Array
from chainrule.storage import require_memory

_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
_LONGEST_HEADER = 10_000
_MOST_AXES = 64
_INFLATION = 1032  # the highest compression ratio of "deflate"
_ENCRYPTED = 1
_SUFFIX = ".npy"
_AT_ONCE = 1 << 20

ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def read_npz(file: BinaryIO) -> dict[str, Array]:
    """Return the arrays of an archive by name.

    Raises ValueError for members that are not arrays written by NumPy, MemoryError if there is not
    enough memory, and the errors in ARCHIVE_ERRORS for damaged archives.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        for each in members:
            _require_readable(each)
        if len({each.filename for each in members}) != len(members):
            raise ValueError("it has an array twice")
        require_memory(sum(each.file_size for each in members))
        return {each.filename.removesuffix(_SUFFIX): _array(archive, each) for each in members}


def _require_readable(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if not name.endswith(_SUFFIX):
        raise ValueError(f"it holds {name!a}, which is not an array")
    if member.flag_bits & _ENCRYPTED:
        raise ValueError(f"{name!a} is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name!a} is compressed in a way that NumPy does not use")
    if member.file_size > _INFLATION * (member.compress_size + 1):
        raise ValueError(
            f"{name!a} cannot have the {member.file_size} bytes that the archive states"
        )


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    name = member.filename
    with archive.open(member) as file:
        dtype, in_columns, shape, start = _header(name, file)
        size = math.prod(shape) * dtype.itemsize
        if start + size != member.file_size:
            raise ValueError(
                f"{name!a} has {member.file_size - start} bytes, and its header asks for {size}"
            )
        elements = np.empty(math.prod(shape), dtype)
        _fill(name, elements, file)
    return elements.reshape(shape, order="F" if in_columns else "C")


def _fill(name: str, elements: Array, file: Any) -> None:
    rest = elements.view(np.uint8).data
    while len(rest):
        count = file.readinto(rest[:_AT_ONCE])
        if not count:
            raise ValueError(f"{name!a} ends early")
        rest = rest[count:]
    file.read(1)  # at the end, the checksum of the archive is compared


def _header(name: str, file: Any) -> tuple[np.dtype[Any], bool, tuple[int, ...], int]:
    """Return dtype, whether the order is that of Fortran, shape, and the length of the header."""
    magic = file.read(8)
    width = _LENGTH_BYTES.get(magic[6], 0) if len(magic) == 8 and magic[:6] == _MAGIC else 0
    length = int.from_bytes(file.read(width), "little")
    if not width or length > _LONGEST_HEADER:
        raise ValueError(f"{name!a} does not begin as an array")
    try:
        found = ast.literal_eval(file.read(length).decode("latin1" if magic[6] < 3 else "utf8"))
        descr, in_columns, shape = found["descr"], found["fortran_order"], found["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise ValueError(f"the header of {name!a} is damaged") from error
    if type(in_columns) is not bool or not _is_shape(shape):
        raise ValueError(f"the header of {name!a} is damaged")
    return _dtype(name, descr), in_columns, shape, 8 + width + length


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= _MOST_AXES
        and all(type(each) is int and 0 <= each < 1 << 40 for each in shape)
    )


def _dtype(name: str, descr: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(descr) if isinstance(descr, str) else None
    except (TypeError, ValueError, SyntaxError, OverflowError) as error:
        raise ValueError(f"{name!a} has a dtype that NumPy lacks") from error
    if dtype is None or dtype.fields or dtype.subdtype or dtype.itemsize == 0:
        raise ValueError(f"{name!a} is a table of records; give one array per input")
    if dtype.hasobject:
        raise ValueError(f"{name!a} holds Python objects, which are not read; give numbers")
    return dtype
