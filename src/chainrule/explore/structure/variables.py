"""The variable that a line of Python assigns, if the line shows which gate it means."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

import chainrule.ops as ops
from chainrule.graph import Tensor

_OPERATORS: dict[type[ast.operator | ast.unaryop], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.MatMult: "matmul",
    ast.Pow: "pow",
    ast.USub: "negative",
}


def variable_of(node: Tensor) -> str | None:
    """Return the variable that the line of `node` assigns, if `node` may be what it assigns.

    `h = cr.tanh(x + y)` means the tanh, never the sum. Lines that hold only a part of a statement,
    or anything but one assignment, tell nothing.
    """
    found = _assignment(node.origin.source)
    if found is None:
        return None
    name, value = found
    return name if _may_make(value, node) else None


@lru_cache(maxsize=1024)
def _assignment(source: str) -> tuple[str, ast.expr] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    match body:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
            return name, value
        case [ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)]:
            return name, value
        case _:
            return None


def _may_make(value: ast.expr, node: Tensor) -> bool:
    match value:
        case ast.BinOp(op=operator) | ast.UnaryOp(op=operator):
            return _OPERATORS.get(type(operator)) == node.kind
        case ast.Call(func=function, args=arguments):
            called = _last_name(function)
            return _is_call_of(called, node) or _must_be_inside(called, function, arguments)
        case ast.Subscript() | ast.Attribute():
            return True
        case _:
            return False


def _is_call_of(called: str, node: Tensor) -> bool:
    return called in (node.kind, *(scope.label for scope in node.origin.scope))


def _must_be_inside(called: str, function: ast.expr, arguments: list[ast.expr]) -> bool:
    """Say whether the last gate of the line was made by the call, not by its arguments."""
    is_recipe = callable(getattr(ops, called, None)) and not isinstance(
        getattr(ops, called), ops.Gate
    )
    receiver = function.value if isinstance(function, ast.Attribute) else function
    plain = (ast.Name, ast.Constant, ast.Attribute)
    return is_recipe or all(isinstance(each, plain) for each in (receiver, *arguments))


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
