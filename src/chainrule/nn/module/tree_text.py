"""A tree of modules as text, one line per module, and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from reprlib import repr as shortened
from typing import Any

from chainrule.compile import BoundMethod
from chainrule.graph import Parameter
from chainrule.nn.module.tree import ModuleTree

_SETTING = (bool, int, float, str)


def tree_text(module: ModuleTree, parts: Iterable[tuple[str, Any]]) -> str:
    """Return the class of a module, its parameters with their shapes, its settings, its parts.

    parts  the parts of the module by name; modules and functions have a line each
    """
    head = _head(module)
    lines = [f"  ({name}): {_indented(_part(each))}" for name, each in parts if _is_shown(each)]
    return "\n".join([head, *lines, ")"]) if lines else f"{head})"


def tree_html(module: ModuleTree, parts: Iterable[tuple[str, Any]]) -> str:
    """Return the content of `tree_text` as nested lists of HTML that can be folded."""
    head = f"<code>{escape(_head(module))})</code>"
    items = [
        f"<li>{escape(name)}: {_part_html(each)}</li>" for name, each in parts if _is_shown(each)
    ]
    if not items:
        return head
    return f"<details open><summary>{head}</summary><ul>{''.join(items)}</ul></details>"


def _head(module: ModuleTree) -> str:
    """Return the class of a module and its own attributes, without the closing bracket."""
    return f"{type(module).__name__}({', '.join(_own(vars(module).items()))}"


def _is_shown(part: Any) -> bool:
    """Return whether a part has a line: modules and functions, but not bound compiled methods."""
    return callable(part) and not isinstance(part, BoundMethod)


def _own(attributes: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for name, value in attributes:
        if isinstance(value, Parameter):
            yield f"{name}: {_form(value)}"
        elif not name.startswith("_") and _is_setting(value):
            yield f"{name}={shortened(value)}"


def _form(parameter: Parameter) -> str:
    state = "" if parameter.trainable else " frozen" if parameter.frozen else " state"
    return f"{parameter.dtype}{parameter.shape}{state}"


def _is_setting(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(isinstance(each, _SETTING) for each in value)
    return isinstance(value, _SETTING)


def _part(each: Any) -> str:
    """Return a module as its tree, a function or primitive by its name."""
    return repr(each) if isinstance(each, ModuleTree) else _name_of(each)


def _part_html(each: Any) -> str:
    if hasattr(each, "_repr_html_"):
        return str(each._repr_html_())
    return f"<code>{escape(_part(each))}</code>"


def _name_of(function: Any) -> str:
    names = (getattr(function, attribute, None) for attribute in ("__name__", "name"))
    return next((name for name in names if isinstance(name, str)), type(function).__name__)


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
