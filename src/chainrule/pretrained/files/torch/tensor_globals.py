"""The table of globals that pickles of tensors need; all of them are functions of this package."""

from __future__ import annotations

from typing import Any

from chainrule.pretrained.files.torch.pickle_machine import Call, Globals, OrderedEntries
from chainrule.pretrained.files.torch.tensors import (
    DTYPES,
    STORAGES,
    TorchTensor,
    UntypedStorage,
    tensor_of,
)
from chainrule.storage.errors import FormatError


def _tensor(arguments: tuple[Any, ...]) -> TorchTensor:
    """storage, offset, shape, strides; since version 2 also requires_grad, hooks, metadata."""
    _require_count(arguments, 4, 7)
    storage, offset, shape, strides = arguments[:4]
    _require_no_flags(arguments[6:])
    elements = getattr(storage, "elements", None)
    return tensor_of(storage, elements, offset, shape, strides)


def _tensor_of_dtype(arguments: tuple[Any, ...]) -> TorchTensor:
    """storage in bytes, offset, shape, strides, requires_grad, hooks, dtype, metadata."""
    _require_count(arguments, 7, 8)
    storage, offset, shape, strides = arguments[:4]
    _require_no_flags(arguments[7:])
    return tensor_of(storage, arguments[6], offset, shape, strides)


def _parameter(arguments: tuple[Any, ...]) -> TorchTensor:
    """tensor, requires_grad, hooks, and a state in another version."""
    _require_count(arguments, 3, 4)
    if not isinstance(arguments[0], TorchTensor):
        raise FormatError("its pickle has a parameter that is no tensor")
    return arguments[0]


def _ordered(arguments: tuple[Any, ...]) -> OrderedEntries:
    """Return an empty dict; Python 2 gave a list of pairs."""
    found = OrderedEntries()
    for each in arguments[0] if arguments and isinstance(arguments[0], list) else ():
        if not isinstance(each, list | tuple) or len(each) != 2 or not isinstance(each[0], str):
            raise FormatError("its pickle has a dict with entries that are no pairs")
        found[each[0]] = each[1]
    return found


def _size(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    _require_count(arguments, 1, 1)
    if not isinstance(arguments[0], tuple):
        raise FormatError("its pickle has a shape that is no tuple")
    return arguments[0]


def _device(arguments: tuple[Any, ...]) -> None:
    """Return nothing: where a tensor was does not matter."""


def _require_count(arguments: tuple[Any, ...], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        raise FormatError(f"its pickle has a tensor with {len(arguments)} arguments")


def _require_no_flags(metadata: tuple[Any, ...]) -> None:
    """Raise FormatError for flags of a tensor, such as that it is negated or conjugated."""
    if any(metadata):
        raise FormatError("its pickle has a tensor with flags, such as negated or conjugated")


TENSOR_GLOBALS: Globals = {
    ("collections", "OrderedDict"): Call(_ordered),
    ("torch._utils", "_rebuild_tensor"): Call(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Call(_tensor),
    ("torch._utils", "_rebuild_tensor_v3"): Call(_tensor_of_dtype),
    ("torch._utils", "_rebuild_parameter"): Call(_parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): Call(_parameter),
    ("torch", "Size"): Call(_size),
    ("torch", "device"): Call(_device),
    ("torch.storage", "UntypedStorage"): UntypedStorage(),
    **{("torch", name): each for name, each in STORAGES.items()},
    **{("torch", name): each for name, each in DTYPES.items()},
}
