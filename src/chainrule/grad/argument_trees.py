"""Trees of arrays and tensors: nested lists, tuples and dicts.

A nested list or tuple of Python numbers is one array, a single leaf.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a tree, in order."""
    if isinstance(tree, dict):
        return [leaf for each in tree.values() for leaf in leaves(each)]
    if isinstance(tree, list | tuple) and not is_numbers(tree):
        return [leaf for each in tree for leaf in leaves(each)]
    return [tree]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree of the same structure with `function` applied to every leaf."""
    if isinstance(tree, dict):
        return {key: mapped(function, each) for key, each in tree.items()}
    if isinstance(tree, list | tuple) and not is_numbers(tree):
        parts = [mapped(function, each) for each in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return function(tree)


def like(tree: Any, new_leaves: list[Any]) -> Any:
    """Return `new_leaves`, in order, in the structure of `tree`."""
    remaining = iter(new_leaves)
    return mapped(lambda _: next(remaining), tree)


def structure(tree: Any) -> str:
    """Return the structure of a tree in words, such as (tensor, {'a': tensor})."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {structure(each)}" for key, each in tree.items()) + "}"
    if isinstance(tree, list | tuple) and not is_numbers(tree):
        inside = ", ".join(map(structure, tree))
        return f"[{inside}]" if isinstance(tree, list) else f"({inside})"
    return "None" if tree is None else "tensor"


def is_numbers(tree: Any) -> bool:
    """Return whether a tree is one array, given as a nested list of Python numbers."""
    if isinstance(tree, list | tuple):
        return len(tree) > 0 and all(is_numbers(each) for each in tree)
    return isinstance(tree, float | int)
