"""Forms: what stands around the tensors that go into and come out of a compiled function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

# What stands in a form where a tensor goes, or a tensor that is handed out as a Python number.
Place = Literal["tensor", "number"]
TENSOR: Place = "tensor"
NUMBER: Place = "number"


class Static(NamedTuple):
    """A value that is part of the form: None, a flag, a word, any object that can be compared."""

    kind: type
    value: Any


class Branch(NamedTuple):
    """A tuple, list or dict and the forms of what it holds; keys only of a dict."""

    kind: type
    keys: tuple[Any, ...] | None
    parts: tuple[Form, ...]


Form: TypeAlias = Place | Static | Branch


def branch(value: Any, form: Callable[[Any], Form]) -> Branch:
    """Return the form of a tuple, list or dict, whose parts have the forms that `form` gives."""
    keys = tuple(value) if isinstance(value, dict) else None
    parts = value.values() if isinstance(value, dict) else value
    return Branch(type(value), keys, tuple([form(each) for each in parts]))


def filled(form: Form, tensors: Iterator[Any]) -> Any:
    """Return the value of a form whose places are filled, in order, with `tensors`."""
    if isinstance(form, Static):
        return form.value
    if isinstance(form, str):
        found = next(tensors)
        return found.item() if form is NUMBER else found
    parts = [filled(each, tensors) for each in form.parts]
    if form.keys is not None:
        return form.kind(zip(form.keys, parts, strict=True))
    return form.kind(*parts) if hasattr(form.kind, "_fields") else form.kind(parts)


def paths(form: Form, name: str) -> Iterator[str]:
    """Yield a name for every place of a form: that of the argument, and the way inside it."""
    if isinstance(form, Branch):
        keys = range(len(form.parts)) if form.keys is None else form.keys
        for key, part in zip(keys, form.parts, strict=True):
            yield from paths(part, f"{name}.{key}")
    elif isinstance(form, str):
        yield name


def statics(form: Form, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the values that are part of a form, by the way to them."""
    if isinstance(form, Branch):
        keys = range(len(form.parts)) if form.keys is None else form.keys
        for key, part in zip(keys, form.parts, strict=True):
            yield from statics(part, f"{name}.{key}")
    elif isinstance(form, Static):
        yield name, form.value
