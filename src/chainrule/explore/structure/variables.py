"""The variables that a line of Python assigns, if the line shows which gates it means."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, groupby, takewhile

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


_Statement = tuple[str | None, ast.expr | None]


def variables_of(node: Tensor) -> set[str]:
    """Return the variables that the line of `node` assigns and that `node` may be.

    `h = cr.tanh(x + y)` means the tanh, never the sum. Lines that hold only a part of a statement
    assign nothing.
    """
    return {
        name
        for name, value in _statements(node.origin.source)
        if name is not None and value is not None and _may_make(value, node)
    }


def assigned(run: Sequence[Tensor]) -> Iterator[tuple[Tensor, str]]:
    """Give the gates of one line that its statements assign to variables.

    run  the gates that the line made, in order

    The last gate belongs to the last statement that makes any. In lines such as
    `a = x + 1; b = a * 2` the others are found by the number of gates and calls per statement, and
    only if these numbers add up to all gates of the line.
    """
    statements = _statements(run[0].origin.source)
    for (name, value), node in zip(statements, _results(statements, run), strict=True):
        if name is not None and value is not None and node is not None and _may_make(value, node):
            yield node, name


def _results(statements: Sequence[_Statement], run: Sequence[Tensor]) -> list[Tensor | None]:
    """Return the last gate that each statement made, None where that is not certain."""
    if len(statements) == 1:
        return [run[-1]]
    counts = [0 if value is None else _gates_and_calls(value) for _, value in statements]
    last = max((place for place, count in enumerate(counts) if count), default=-1)
    units = _last_of_calls(run)
    if sum(counts) != len(units):
        return [run[-1] if place == last else None for place in range(len(statements))]
    ends = accumulate(counts)
    return [units[end - 1] if count else None for count, end in zip(counts, ends, strict=True)]


def _last_of_calls(run: Sequence[Tensor]) -> list[Tensor]:
    """Return the gates of a line, of those made in one call the last."""
    scopes = [node.origin.scope for node in run]
    shared = takewhile(
        lambda each: len({scope.serial for scope in each}) == 1, zip(*scopes, strict=False)
    )
    depth = sum(1 for _ in shared)
    calls = groupby(run, lambda node: _call_below(node, depth))
    return [list(gates)[-1] for _, gates in calls]


def _call_below(node: Tensor, depth: int) -> int:
    scopes = node.origin.scope[depth:]
    return scopes[0].serial if scopes else -node.serial


def _gates_and_calls(value: ast.expr) -> int:
    """Return how many gates an expression makes, if a call makes one and every operator does."""
    makes = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Subscript)
    numeric = (ast.Constant,)
    return sum(
        isinstance(each, makes)
        and not (isinstance(each, ast.UnaryOp) and isinstance(each.operand, numeric))
        for each in ast.walk(value)
    )


@lru_cache(maxsize=1024)
def _statements(source: str) -> tuple[_Statement, ...]:
    """Return the statements of a line: the variable that each assigns, and the value."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ()
    return tuple(map(_statement, body))


def _statement(statement: ast.stmt) -> _Statement:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name, value
        case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
            return None, value
        case _:
            return None, None


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
    """Say whether the call, not its arguments, must have made the last gate of the line."""
    found = getattr(ops, called, None)
    is_composite = callable(found) and not isinstance(found, ops.NamedGate)
    receiver = function.value if isinstance(function, ast.Attribute) else function
    plain = (ast.Name, ast.Constant, ast.Attribute)
    return is_composite or all(isinstance(each, plain) for each in (receiver, *arguments))


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
