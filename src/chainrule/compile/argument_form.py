"""Forms: what stands around the tensors that go into and come out of a compiled function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from chainrule.graph import DTypeError

# What stands in a form where a tensor goes, or a tensor that is handed out as a Python number.
FormPlace = Literal["tensor", "number"]
TENSOR: FormPlace = "tensor"
NUMBER: FormPlace = "number"


class Static(NamedTuple):
    """A value that is part of the form: None, a flag, a word, any object that can be compared."""

    kind: type
    value: Any


class WithDefault(NamedTuple):
    """A defaultdict, as what makes one: the function that gives its default."""

    default: Callable[[], Any] | None

    def __call__(self, found: dict[Any, Any]) -> defaultdict[Any, Any]:
        """Return the defaultdict that holds what was found."""
        return defaultdict(self.default, found)


class Branch(NamedTuple):
    """A tuple, list or dict and the forms of what it holds; keys only of a dict."""

    kind: type | WithDefault
    keys: tuple[Any, ...] | None
    parts: tuple[Form, ...]


Form: TypeAlias = FormPlace | Static | Branch


def branch(value: Any, form: Callable[[Any], Form]) -> Branch:
    """Return the form of a tuple, list or dict, whose parts have the forms that `form` gives."""
    keys = tuple(value) if isinstance(value, dict) else None
    parts = value.values() if isinstance(value, dict) else value
    kind = WithDefault(value.default_factory) if isinstance(value, defaultdict) else type(value)
    return Branch(kind, keys, tuple([form(each) for each in parts]))


def filled(form: Form, tensors: Iterator[Any]) -> Any:
    """Return the value of a form whose places are filled, in order, with `tensors`."""
    if isinstance(form, Static):
        return form.value
    if isinstance(form, str):
        found = next(tensors)
        return found.item() if form is NUMBER else found
    parts = [filled(each, tensors) for each in form.parts]
    if form.kind is tuple or form.kind is list:
        return form.kind(parts)
    return _built(form, parts)


def _built(form: Branch, parts: list[Any]) -> Any:
    """Return a dict, or a tuple or list of a type of its own, made of its parts.

    Raises DTypeError for a type that is not made as a tuple, list or dict is.
    """
    kind: Any = form.kind
    try:
        if form.keys is not None:
            return kind(dict(zip(form.keys, parts, strict=True)))
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    except TypeError as error:
        raise DTypeError(
            f"A {kind.__name__} goes into or comes out of a compiled function, which cannot make "
            f"one of its parts: {error}. Give and return tuples, lists, dicts and named tuples."
        ) from error


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
