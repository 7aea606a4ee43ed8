"""Checks of assignments that would replace a parameter or a module of the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.graph import ChainruleError, Parameter, Tensor
from chainrule.nn.module.tree import ModuleTree


def require_parts(owner: str, before: Mapping[str, type], after: Mapping[str, Any]) -> None:
    """Raise ChainruleError if a parameter or module was replaced by another kind of value.

    before  the classes of the previous parameters and modules, by path
    after   the current values, by path. None removes a part from the model; a function may replace
            a module
    """
    for path, kind in before.items():
        found = after.get(path)
        if found is None or issubclass(type(found), kind) or _is_part(found):
            continue
        if kind is Parameter or not callable(found):
            name = "Tensor" if isinstance(found, Tensor) else type(found).__name__
            raise ChainruleError(_refusal(owner, path, kind, name))


def _is_part(value: Any) -> bool:
    return isinstance(value, Parameter | ModuleTree)


def _refusal(owner: str, path: str, kind: type, found: str) -> str:
    if kind is Parameter:
        return (
            f"{owner}.{path} is a parameter, but {found} was put in its place, which would not be "
            f"trained or saved. To change its values write .{path}.assign(...); for another "
            f"parameter .{path} = cr.parameter(...); None takes it out of the model."
        )
    return (
        f"{owner}.{path} is a module, {kind.__name__}, but {found} was put in its place, so that "
        "its parameters would not be trained or saved. Give another module or a function; None "
        "takes it out of the model."
    )
