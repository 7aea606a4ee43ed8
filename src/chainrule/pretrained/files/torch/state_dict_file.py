"""Writes state dicts as `torch.save` does: a zip file with a pickle and the bytes of arrays."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.storage import printable

_FOLDER = "archive"
_STORAGES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "int64": "LongStorage",
    "int32": "IntStorage",
    "bool": "BoolStorage",
}


def write_state_dict(file: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name as tensors, in a file that `torch.load` reads, also with weights only.

    An array that occurs under several names is stored once, as tied weights are. Raises
    PretrainedError for a dtype other than float32, float64, int64, int32 and bool.
    """
    keys = {id(each): str(key) for key, each in enumerate(_distinct(arrays))}
    parts = [_text(name) + _tensor(name, each, keys[id(each)]) for name, each in arrays.items()]
    pickle = b"\x80\x02}(" + b"".join(parts) + b"u."
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, "data.pkl", pickle)
        _add(archive, "byteorder", b"little")
        for each in _distinct(arrays):
            ordered = np.ascontiguousarray(each, each.dtype.newbyteorder("<"))
            _add(archive, f"data/{keys[id(each)]}", ordered.tobytes())
        _add(archive, "version", b"3\n")


def _distinct(arrays: Mapping[str, Array]) -> Iterable[Array]:
    return {id(each): each for each in arrays.values()}.values()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a member that is not compressed, with a fixed date, so that files are reproducible."""
    archive.writestr(zipfile.ZipInfo(f"{_FOLDER}/{name}"), content)


def _tensor(name: str, array: Array, key: str) -> bytes:
    """Return the instructions that make a tensor, as `torch._utils._rebuild_tensor_v2` takes it."""
    kind = _STORAGES.get(str(array.dtype))
    if kind is None:
        raise PretrainedError(
            f"{printable(name)} has the dtype {array.dtype}, which is not written to files of "
            f"PyTorch. Convert it to one of {', '.join(_STORAGES)}."
        )
    storage = _tuple(
        _text("storage"), _global("torch", kind), _text(key), _text("cpu"), _whole(array.size)
    )
    strides = np.cumprod([1, *reversed(array.shape[1:])])[::-1] if array.ndim else ()
    fields = (
        storage + b"Q",
        _whole(0),
        _tuple(*map(_whole, array.shape)),
        _tuple(*map(_whole, strides)),
        b"\x89",
        _global("collections", "OrderedDict") + b")R",
    )
    return _global("torch._utils", "_rebuild_tensor_v2") + _tuple(*fields) + b"R"


def _global(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def _text(text: str) -> bytes:
    content = text.encode()
    return b"X" + struct.pack("<I", len(content)) + content


def _whole(number: Any) -> bytes:
    content = int(number).to_bytes(int(number).bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def _tuple(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"
