"""The interface of a module as a tree, for the files that `Module` itself imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from chainrule.graph import Parameter


@runtime_checkable
class ModuleTree(Protocol):
    """A module with everything below it, by path."""

    def named_modules(self) -> Mapping[str, ModuleTree]:
        """Return every module of the tree by its path, the root first, as ""."""
        ...

    def named_parameters(self) -> Mapping[str, Parameter]:
        """Return every parameter of the tree by its path."""
        ...


def attribute_parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values inside an attribute, in containers of any depth, with their paths."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from attribute_parts(f"{name}.{key}", each)
    elif is_container(value):
        for position, each in enumerate(value):
            yield from attribute_parts(f"{name}.{position}", each)
    else:
        yield name, value


def is_container(value: Any) -> bool:
    """Return whether the modules and parameters inside a value belong to the tree."""
    return isinstance(value, list | tuple | dict)
