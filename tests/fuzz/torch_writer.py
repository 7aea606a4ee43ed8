"""Writes files as `torch.save` does, without PyTorch, from instructions that tests choose."""

import struct
import zipfile
from io import BytesIO

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {"<f4": "FloatStorage", "<i8": "LongStorage", "<f2": "HalfStorage", "|b1": "BoolStorage"}


# -- instructions ----------------------------------------------------------------------------------


def find(module, name):
    return f"c{module}\n{name}\n".encode()


def text(letters):
    found = letters.encode()
    return b"X" + struct.pack("<I", len(found)) + found


def whole(number):
    found = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(found)]) + found


def several(*parts):
    return b"(" + b"".join(parts) + b"t"


def numbers(values):
    return several(*map(whole, values))


def ordered():
    return find("collections", "OrderedDict") + b")R"


def entries(parts):
    return b"}(" + b"".join(text(name) + part for name, part in parts.items()) + b"u"


def storage(key="0", count=6, kind="FloatStorage", *, module="torch", rest=()):
    fields = text("storage"), find(module, kind), text(key), text("cpu"), whole(count)
    return several(*fields, *rest) + b"Q"


def tensor(held=None, offset=0, shape=(2, 3), strides=(3, 1), rest=()):
    held = storage() if held is None else held
    fields = held, whole(offset), numbers(shape), numbers(strides), b"\x89", ordered()
    return find("torch._utils", "_rebuild_tensor_v2") + several(*fields, *rest) + b"R"


def pickled(part):
    return b"\x80\x02" + part + b"."


# -- containers ------------------------------------------------------------------------------------


def zip_file(content, storages, *, compression=zipfile.ZIP_STORED, others=()):
    """Return a zip container of a pickle, and of the bytes of storages by key."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", compression) as archive:
        archive.writestr("archive/data.pkl", content)
        for name, member in others:
            archive.writestr(f"archive/{name}", member)
        for key, elements in storages.items():
            archive.writestr(f"archive/data/{key}", elements)
        archive.writestr("archive/version", "3\n")
    return held.getvalue()


def legacy_file(content, storages, itemsize=4):
    """Return a legacy container of a pickle, and of the bytes of storages by key."""
    first = pickled(whole(MAGIC)) + pickled(whole(PROTOCOL)) + pickled(entries({}))
    keys = pickled(b"](" + b"".join(map(text, storages)) + b"e")
    rows = [struct.pack("<q", len(each) // itemsize) + each for each in storages.values()]
    return first + content + keys + b"".join(rows)


def state_dict(arrays):
    """Return the pickle of a state dict of arrays, and the bytes of their storages."""
    parts, storages = {}, {}
    for key, (name, array) in enumerate(arrays.items()):
        held = storage(str(key), array.size, STORAGES[array.dtype.str])
        strides = [each // array.itemsize for each in array.strides]
        parts[name] = tensor(held, 0, array.shape, strides)
        storages[str(key)] = array.tobytes()
    return pickled(entries(parts)), storages


def six():
    """Return the bytes of the storage that `storage()` describes."""
    return np.arange(6, dtype="<f4").tobytes()
