"""What pickles of PyTorch say of tensors, checked before an element is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.files.weights import Shape, as_float32
from chainrule.storage.array_file import is_possible, read_row
from chainrule.storage.bfloat16 import widened
from chainrule.storage.errors import FormatError
from chainrule.storage.memory import require_memory

Order = Literal["<", ">"]  # of the bytes of an element, as NumPy writes it


@dataclass(frozen=True)
class ElementType:
    """The dtype of elements in a file, and whether they are the bits of bfloat16."""

    stored: np.dtype[Any]
    bfloat16: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of arrays that are read: float32 for float16 and bfloat16."""
        native = self.stored.newbyteorder("=")
        return np.dtype(np.float32) if self.bfloat16 else as_float32(native)


@dataclass(frozen=True)
class UntypedStorage:
    """Stands for the class of storages that are counted in bytes."""


@dataclass(frozen=True)
class Storage:
    """A row of elements in a file, by its key.

    elements  the type of its elements, None if it is counted in bytes
    """

    key: str
    elements: ElementType | None
    count: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.count * (1 if self.elements is None else self.elements.stored.itemsize)


@dataclass(frozen=True)
class TorchTensor:
    """A view of a storage: offset and strides are counted in elements."""

    storage: Storage
    elements: ElementType
    offset: int
    shape: Shape
    strides: Shape

    @property
    def span(self) -> int:
        """The number of elements from the first to the last one."""
        if not math.prod(self.shape):
            return 0
        return 1 + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))


def storage_of(found: Any) -> Storage:
    """Return the storage of a persistent id; raises FormatError for anything else.

    It is ("storage", type, key, location, count), in the legacy form with a sixth field None.
    """
    if not isinstance(found, tuple) or len(found) not in (5, 6) or found[0] != "storage":
        raise FormatError("its pickle refers to data other than a storage of elements")
    kind, key, count = found[1], found[2], found[4]
    if found[5:] not in ((), (None,)):
        raise FormatError("its pickle has a view of a storage, of a form older than PyTorch 0.4")
    if not isinstance(kind, ElementType | UntypedStorage) or not isinstance(key, str):
        raise FormatError("its pickle has a storage without type or key")
    if type(count) is not int or count < 0:
        raise FormatError("its pickle has a storage whose count is no whole number")
    return Storage(key, kind if isinstance(kind, ElementType) else None, count)


def tensor_of(storage: Any, elements: Any, offset: Any, shape: Any, strides: Any) -> TorchTensor:
    """Return a view of a storage, inside of it and of at most as many elements.

    Raises FormatError for anything else, also for views of stride 0 that repeat more elements.
    """
    if not isinstance(storage, Storage) or not isinstance(elements, ElementType):
        raise FormatError("its pickle has a tensor without storage or dtype")
    if not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise FormatError("its pickle has a tensor whose shape is no tuple")
    if len(shape) != len(strides) or not _are_counts((offset, *shape, *strides)):
        raise FormatError("its pickle has a tensor with a negative or odd shape, stride or offset")
    if not is_possible(shape, elements.stored):
        raise FormatError("its pickle has a tensor of a shape that NumPy does not support")
    tensor = TorchTensor(storage, elements, offset, shape, strides)
    count = storage.size // elements.stored.itemsize
    if tensor.span and offset + tensor.span > count:
        raise FormatError("its pickle has a tensor that reaches beyond its storage")
    if math.prod(shape) > count:
        raise FormatError(
            f"its pickle has a tensor of {math.prod(shape)} elements that repeats {count} ones"
        )
    return tensor


def read_tensor(file: BinaryIO, start: int, tensor: TorchTensor, order: Order) -> Array:
    """Return the elements of a tensor in C order, float16 and bfloat16 as float32.

    start  the position of the storage in the file
    order  the byte order of its elements, "<" or ">"
    """
    elements = tensor.elements
    size = elements.stored.itemsize
    require_memory(tensor.span * size + math.prod(tensor.shape) * elements.dtype.itemsize)
    file.seek(start + tensor.offset * size)
    row = read_row(file, elements.stored.newbyteorder(order), tensor.span)
    array = _strided(row, tensor)
    return widened(array) if elements.bfloat16 else array.astype(elements.dtype, copy=False)


def _strided(row: Array, tensor: TorchTensor) -> Array:
    """Return elements in their shape; without gaps and in order, they are not copied."""
    if not row.size:
        return np.zeros(tensor.shape, row.dtype)
    strides = tuple(step * row.itemsize for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(row, tensor.shape, strides, writeable=False)
    if view.flags.c_contiguous:
        return row.reshape(tensor.shape)
    return np.array(view, order="C")


def _are_counts(numbers: tuple[Any, ...]) -> bool:
    return all(type(each) is int and each >= 0 for each in numbers)


STORAGES: Mapping[str, ElementType] = {
    "FloatStorage": ElementType(np.dtype("<f4")),
    "DoubleStorage": ElementType(np.dtype("<f8")),
    "HalfStorage": ElementType(np.dtype("<f2")),
    "BFloat16Storage": ElementType(np.dtype("<u2"), bfloat16=True),
    "LongStorage": ElementType(np.dtype("<i8")),
    "IntStorage": ElementType(np.dtype("<i4")),
    "ShortStorage": ElementType(np.dtype("<i2")),
    "CharStorage": ElementType(np.dtype("i1")),
    "ByteStorage": ElementType(np.dtype("u1")),
    "BoolStorage": ElementType(np.dtype("?")),
}
DTYPES: Mapping[str, ElementType] = {
    **{"float32": STORAGES["FloatStorage"], "float64": STORAGES["DoubleStorage"]},
    **{"float16": STORAGES["HalfStorage"], "bfloat16": STORAGES["BFloat16Storage"]},
    **{"int64": STORAGES["LongStorage"], "int32": STORAGES["IntStorage"]},
    **{"int16": STORAGES["ShortStorage"], "int8": STORAGES["CharStorage"]},
    **{"uint8": STORAGES["ByteStorage"], "bool": STORAGES["BoolStorage"]},
    **{f"uint{8 * size}": ElementType(np.dtype(f"<u{size}")) for size in (2, 4, 8)},
}
