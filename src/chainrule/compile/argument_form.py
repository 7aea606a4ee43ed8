"""Forms: tuples, lists and dicts around the tensors of a function's arguments and results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from chainrule.graph import DTypeError

# The place of a tensor in a form, and of a tensor that is returned as a Python number.
FormPlace = Literal["tensor", "number"]
TENSOR: FormPlace = "tensor"
NUMBER: FormPlace = "number"


class Static(NamedTuple):
    """A value that is part of the form: None, a bool, a string, or any hashable object."""

    kind: type
    value: Any


class WithDefault(NamedTuple):
    """The type of a defaultdict with its default factory."""

    default: Callable[[], Any] | None

    def __call__(self, found: dict[Any, Any]) -> defaultdict[Any, Any]:
        """Return the defaultdict with the items `found`."""
        return defaultdict(self.default, found)


class Branch(NamedTuple):
    """A tuple, list or dict, and the forms of its items; only a dict has keys."""

    kind: type | WithDefault
    keys: tuple[Any, ...] | None
    parts: tuple[Form, ...]


Form: TypeAlias = FormPlace | Static | Branch


def branch(value: Any, form: Callable[[Any], Form]) -> Branch:
    """Return the form of a tuple, list or dict; `form` returns the form of an item."""
    keys = tuple(value) if isinstance(value, dict) else None
    parts = value.values() if isinstance(value, dict) else value
    kind = WithDefault(value.default_factory) if isinstance(value, defaultdict) else type(value)
    return Branch(kind, keys, tuple([form(each) for each in parts]))


def filled(form: Form, tensors: Iterator[Any]) -> Any:
    """Return the value of a form, with `tensors` in its places in order."""
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
    """Return a dict, or a tuple or list of another type, with these items.

    Raises DTypeError for a type that cannot be made from its items.
    """
    kind: Any = form.kind
    try:
        if form.keys is not None:
            return kind(dict(zip(form.keys, parts, strict=True)))
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    except TypeError as error:
        raise DTypeError(
            f"A compiled function has a value of type {kind.__name__} among its arguments or "
            f"results, which cannot be made from its items: {error}. Use tuples, lists, dicts and "
            "named tuples."
        ) from error


def paths(form: Form, name: str) -> Iterator[str]:
    """Yield a name for every place of a form: the argument's name, and the keys that lead to it."""
    if isinstance(form, Branch):
        keys = range(len(form.parts)) if form.keys is None else form.keys
        for key, part in zip(keys, form.parts, strict=True):
            yield from paths(part, f"{name}.{key}")
    elif isinstance(form, str):
        yield name


def statics(form: Form, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the static values of a form, with the path to each."""
    if isinstance(form, Branch):
        keys = range(len(form.parts)) if form.keys is None else form.keys
        for key, part in zip(keys, form.parts, strict=True):
            yield from statics(part, f"{name}.{key}")
    elif isinstance(form, Static):
        yield name, form.value
