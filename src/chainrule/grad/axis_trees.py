"""Axes of trees: `in_axes` and `out_axes` as prefixes of the trees of arguments and results."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from chainrule.grad.argument_trees import is_numbers
from chainrule.graph import Shape, ShapeError

Axes = int | None | tuple[Any, ...] | list[Any] | dict[Any, Any]
OfLeaf = Callable[[Any, int | None, str], Any]
"""(leaf, its axis or None, its name in messages) -> the leaf of the new tree"""


def with_axes(function: OfLeaf, tree: Any, axes: Axes, name: str, is_leaf: bool = True) -> Any:
    """Return a tree of the same structure with `function` applied to every leaf and its axis.

    axes     a number or None for all leaves below; or a tuple, list or dict of the structure of the
             tree, with the axes of its parts
    name     the name of the tree, for messages
    is_leaf  whether a list of Python numbers is one array

    None is a tree without leaves. Raises ShapeError for axes of another structure.
    """
    if isinstance(axes, dict | list | tuple):
        _require_same_structure(tree, axes, name)
    elif (
        tree is None or not isinstance(tree, dict | list | tuple) or (is_leaf and is_numbers(tree))
    ):
        return None if tree is None else function(tree, _as_axis(axes, name), name)
    keys = tree if isinstance(tree, dict) else range(len(tree))
    found = [
        with_axes(
            function,
            tree[key],
            axes[key] if isinstance(axes, dict | list | tuple) else axes,
            f"{name}[{key!r}]",
            is_leaf,
        )
        for key in keys
    ]
    if isinstance(tree, dict):
        return dict(zip(tree, found, strict=True))
    return type(tree)(*found) if hasattr(tree, "_fields") else type(tree)(found)


def _as_axis(axes: Any, name: str) -> int | None:
    if axes is None:
        return None
    try:
        if isinstance(axes, bool):
            raise TypeError
        return operator.index(axes)
    except TypeError:
        raise ShapeError(
            f"The axis {axes!r} was given for {name}. An axis is an integer, or None for what is "
            "the same for all examples."
        ) from None


def _require_same_structure(tree: Any, axes: Any, name: str) -> None:
    """Raise ShapeError unless a dict, list or tuple of axes has the structure of the tree."""
    if isinstance(axes, dict):
        same = isinstance(tree, dict) and axes.keys() == tree.keys()
        wanted = f"a dict with the keys {', '.join(map(repr, axes))}"
    else:
        same = isinstance(tree, list | tuple) and len(tree) == len(axes)
        wanted = f"{len(axes)} values"
    if not same:
        raise ShapeError(
            f"The axes {axes!r} are those of {wanted}, but {name} is {_described(tree)}. Give the "
            "axes in the structure of the values, or one number or None for all of them."
        )


def _described(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"a dict with the keys {', '.join(map(repr, tree))}"
    if isinstance(tree, list | tuple):
        return f"a {type(tree).__name__} of {len(tree)} values"
    return "None" if tree is None else f"one {type(tree).__name__}"


def axis_of(axis: int, shape: Shape, name: str) -> int:
    """Return `axis` counted from 0; raise ShapeError, which names the value, for one outside."""
    if not shape:
        raise ShapeError(
            f"vmap was to map axis {axis} of {name}, which is a scalar. Give it the axis None, and "
            "it is the same for all examples."
        )
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"vmap was to map axis {axis} of {name}, which has shape {shape}. Choose an axis from "
            f"{-len(shape)} to {len(shape) - 1}, or None."
        )
    return axis % len(shape)
