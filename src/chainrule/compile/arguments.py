"""The arguments of a call of a compiled function, as arrays and the form around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.compile.argument_form import TENSOR, Form, Static, branch, filled, paths, statics
from chainrule.grad.argument_trees import is_numbers
from chainrule.graph import (
    LARGEST_ARGUMENT,
    PROMOTION,
    Array,
    DType,
    DTypeError,
    Parameter,
    Shape,
    Tensor,
    as_dtype,
    as_tensor,
)

_DTYPES = frozenset(PROMOTION)
_made = tuple.__new__


class WeakKey(NamedTuple):
    """The part of a signature for a Python number: the dtype it has on its own."""

    dtype: DType


Key = tuple[Shape, DType] | WeakKey


class CallSignature(NamedTuple):
    """What a version is compiled for: shapes and dtypes of the arrays, and the form around them."""

    keys: tuple[Key, ...]
    positional: tuple[Form, ...]
    named: tuple[tuple[str, Form], ...] = ()


class Arguments:
    """The arguments of one call.

    arrays     one per place of the form, C-contiguous, of a supported dtype; they are only read
    sources    the tensors that were given; None for an array or a number
    known      whether all tensors have values
    signature  shapes, dtypes and form
    """

    __slots__ = ("arrays", "known", "signature", "sources")

    def __init__(self, given: Sequence[Any], named: Mapping[str, Any]) -> None:
        self.arrays: list[Array] = []
        self.sources: list[Tensor | None] = []
        self.known = True
        arrays, sources, form = self.arrays, self.sources, TENSOR
        keys: list[Key] = []
        positional: list[Form] = []
        for each in given:
            if type(each) is np.ndarray and each.flags.c_contiguous and each.dtype in _DTYPES:
                arrays.append(each)
                sources.append(None)
                keys.append((each.shape, each.dtype))
                positional.append(form)
            else:
                positional.append(self._form(each, keys))
        by_name = [(name, self._form(each, keys)) for name, each in named.items()] if named else ()
        parts = tuple(keys), tuple(positional), tuple(by_name)
        self.signature = _made(CallSignature, parts)  # CallSignature(*parts) takes twice as long

    def _form(self, value: Any, keys: list[Key]) -> Form:
        """Return the form of one argument, and add its arrays to `arrays`."""
        if type(value) is np.ndarray:
            return self._array(value, None, keys)
        if isinstance(value, Tensor):
            return self._tensor(value, keys)
        if isinstance(value, list | tuple | dict) and not _is_array(value):
            return branch(value, lambda each: self._form(each, keys))
        if _is_number(value):
            return self._number(value, keys)
        if isinstance(value, bool | int | float | np.bool_):
            return Static(type(value), value)
        if hasattr(value, "__array__") or isinstance(value, list | complex):
            return self._array(as_tensor(value).read(), None, keys)
        return _static(value)

    def _tensor(self, value: Tensor, keys: list[Key]) -> Form:
        """Add the value of a tensor; a parameter's value is copied."""
        if not value.known:
            self.known = False
            return TENSOR
        if value.lazy_rows is not None:
            return self._array(value.read(), value, keys)
        array = value.peek()
        return self._array(array.copy() if isinstance(value, Parameter) else array, value, keys)

    def _array(self, array: Array, source: Tensor | None, keys: list[Key]) -> Form:
        """Add an array, contiguous and of a supported dtype."""
        if not array.flags.c_contiguous or array.dtype not in _DTYPES:
            array = np.ascontiguousarray(as_tensor(array).read()).reshape(array.shape)
        self.arrays.append(array)
        self.sources.append(source)
        keys.append((array.shape, array.dtype))
        return TENSOR

    def _number(self, value: Any, keys: list[Key]) -> Form:
        """Add a Python number, whose value may differ from call to call."""
        array = np.array(value)
        self.arrays.append(array)
        self.sources.append(None)
        keys.append(WeakKey(as_dtype(array.dtype)))
        return TENSOR


def _is_array(value: Any) -> bool:
    """Return whether a list is an array, as NumPy users write it; a tuple is a form of numbers."""
    return isinstance(value, list) and is_numbers(value)


def _is_number(value: Any) -> bool:
    """Return whether the value of a number may differ from call to call.

    Python integers beyond the range of int32, and members of an IntEnum, are part of the signature.
    """
    if type(value) is int:
        return abs(value) <= LARGEST_ARGUMENT
    return type(value) is float or isinstance(value, np.integer | np.floating)


def _static(value: Any) -> Static:
    """Return a value that is part of the form; raises DTypeError if it is not hashable."""
    try:
        hash(value)
    except TypeError:
        raise DTypeError(
            f"A compiled function was given an argument of type {type(value).__name__}, which is "
            "neither an array nor hashable, so that it cannot be part of a signature. Pass arrays, "
            "numbers, bools and strings, also in tuples, lists and dicts; or use the object from a "
            "closure."
        ) from None
    return Static(type(value), value)


def call_arguments(
    signature: CallSignature, tensors: Iterator[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and named arguments, with `tensors` in the places of the arrays."""
    positional = [filled(each, tensors) for each in signature.positional]
    return positional, {name: filled(each, tensors) for name, each in signature.named}


def names_of_places(signature: CallSignature, parameters: Sequence[str]) -> list[str]:
    """Return a name for every array: its parameter, and the keys that lead to it."""
    return [name for part, form in _named(signature, parameters) for name in paths(form, part)]


def statics_of(signature: CallSignature, parameters: Sequence[str]) -> dict[str, Any]:
    """Return the static values of a signature, by name."""
    found = (statics(form, part) for part, form in _named(signature, parameters))
    return {name: value for each in found for name, value in each}


def _named(signature: CallSignature, parameters: Sequence[str]) -> Iterator[tuple[str, Form]]:
    """Yield the arguments of a signature by name."""
    for i, form in enumerate(signature.positional):
        yield parameters[i] if i < len(parameters) else f"argument{i}", form
    yield from signature.named


def with_tensors(value: Any) -> Any:
    """Return an argument with tensors in place of its arrays."""
    if isinstance(value, np.ndarray) or _is_array(value):
        return as_tensor(value)
    if not isinstance(value, list | tuple | dict):
        return value
    parts: list[Any] = []

    def place(part: Any) -> Form:
        parts.append(with_tensors(part))
        return TENSOR

    return filled(branch(value, place), iter(parts))
