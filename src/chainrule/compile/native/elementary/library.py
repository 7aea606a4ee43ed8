"""The texts of the functions that kernels may call, by name: exp.f32, atan2.f64, sin.v8f64."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from chainrule.compile.native.elementary import (
    error_functions,
    exponentials,
    inverse_trigonometry,
    logarithms,
    powers,
    remainders,
    roots,
    trigonometry,
)
from chainrule.compile.native.elementary.rare_operands import leave_to_library, leave_to_longer_form
from chainrule.compile.native.elementary.values import FunctionText, Value

Writer = Callable[..., Value]


@dataclass(frozen=True)
class Function:
    """A function of one or more floats.

    write  writes its result from its operands
    rare   writes the flag of operands that are left to the C library's function of this name
    usual  writes a shorter form, and the flag of operands that it leaves to `write`

    A function with `rare` or `usual` is called once per vector; others are written into the loops
    that call them.
    """

    write: Writer
    arity: int = 1
    rare: Writer | None = None
    usual: Callable[..., tuple[Value, Value]] | None = None


def _logarithm(base: logarithms.Base) -> Function:
    """Return the logarithm to a base."""
    usual = partial(logarithms.usual_log_to, base)
    return Function(partial(logarithms.log_to, base), usual=usual)


FUNCTIONS = {
    "exp": Function(exponentials.exp),
    "exp2": Function(exponentials.exp2, usual=exponentials.usual_exp2),
    "exp2_flushed": Function(exponentials.exp2_flushed),
    "expm1": Function(exponentials.expm1),
    "sinh": Function(exponentials.sinh),
    "cosh": Function(exponentials.cosh),
    "tanh": Function(exponentials.tanh),
    "log": Function(logarithms.log, usual=logarithms.usual_log),
    "log2": _logarithm(logarithms.TWO),
    "log10": _logarithm(logarithms.TEN),
    "log1p": Function(logarithms.log1p),
    "asinh": Function(logarithms.asinh),
    "acosh": Function(logarithms.acosh),
    "atanh": Function(logarithms.atanh),
    "sin": Function(trigonometry.sin, rare=trigonometry.is_large),
    "cos": Function(trigonometry.cos, rare=trigonometry.is_large),
    "tan": Function(trigonometry.tan, rare=trigonometry.is_large),
    "asin": Function(inverse_trigonometry.asin),
    "acos": Function(inverse_trigonometry.acos),
    "atan": Function(inverse_trigonometry.atan),
    "atan2": Function(inverse_trigonometry.atan2, 2),
    "erf": Function(error_functions.erf),
    "erfc": Function(error_functions.erfc),
    "cbrt": Function(roots.cbrt, usual=roots.usual_cbrt),
    "fmod": Function(remainders.fmod, 2, remainders.is_far),
    "pow": Function(powers.pow, 2, usual=powers.usual_pow),
    "nextafter": Function(roots.nextafter, 2),
    "hypot": Function(roots.hypot, 2),
}

_KINDS = {"f32": "float", "f64": "double"}
_NAME = re.compile(r"(\w+)\.(?:v(\d+))?(f32|f64)")
_VECTORS = {"float": (8, 16), "double": (4, 8)}
"""Vectors of 256 and 512 bits, as kernels use them; each length costs time of the compiler."""
_PURE = "nounwind willreturn memory(none)"


@cache
def function_text(name: str) -> str | None:
    """Return the definition of a function, None if there is none of that name."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in FUNCTIONS:
        return None
    function, kind = FUNCTIONS[found[1]], _KINDS[found[3]]
    text = FunctionText(int(found[2] or 1))
    operands = [Value(text, kind, f"%x{i}") for i in range(function.arity)]
    of, attributes = text.type_of(kind), "alwaysinline"
    if _write(found[1], function, operands):
        attributes = _called_by_vectors(found[1], found[3], text.lanes, function.arity)
    given = ", ".join(f"{of} {each.name}" for each in operands)
    head = f"define internal {of} @{name}({given}) {attributes} {{"
    return "\n".join([head, "entry:", *text.lines, "}"])


def _write(name: str, function: Function, operands: Sequence[Value]) -> bool:
    """Append the instructions of a function; return whether they have a branch."""
    if function.usual is not None:
        result, is_rare = function.usual(*operands)
        leave_to_longer_form(function.write, operands, is_rare, result)
        return True
    result = function.write(*operands)
    if function.rare is not None:
        leave_to_library(name, operands, function.rare(*operands), result)
        return True
    result.text.lines.append(f"  ret {result.text.type_of(result.kind)} {result.name}")
    return False


def vectors_of(text: str) -> list[str]:
    """Return the names of the vector functions that stand for functions which `text` defines."""
    return re.findall(r"\((\w+\.v\d+f\d+)\)", text)


def _called_by_vectors(name: str, suffix: str, lanes: int, arity: int) -> str:
    """Return the attributes of a function that is not inlined, with its vector functions."""
    if lanes > 1:
        wide = '"min-legal-vector-width"="512" "prefer-vector-width"="512"'
        return f"alwaysinline {_PURE} {wide}"
    own = f"{name}.{suffix}"
    mapped = ",".join(
        f"_ZGV_LLVM_N{n}{'v' * arity}_{own}({name}.v{n}{suffix})" for n in _VECTORS[_KINDS[suffix]]
    )
    return f'noinline {_PURE} "vector-function-abi-variant"="{mapped}"'
