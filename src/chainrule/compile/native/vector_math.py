"""The functions that kernels may call; each kernel is compiled with those that it calls."""

from __future__ import annotations

import re
from functools import cache

from chainrule.compile.native.elementary.library import function_text

_WHOLE = ("floor", "ceil", "trunc", "rint")
_ARITY = {
    **dict.fromkeys(("fabs", "sqrt", *_WHOLE), 1),
    **dict.fromkeys(("copysign", "maximum", "minimum", "pow"), 2),
    **dict.fromkeys(("fma", "fmuladd"), 3),
}
_ELEMENTS = {"f32": "float", "f64": "double", "i8": "i8"}
_OF_FLOATS = re.compile(r"llvm\.(\w+)\.(?:v(\d+))?(f32|f64)")
_OF_MEMORY = re.compile(r"llvm\.masked\.(load|store)\.v(\d+)(f32|f64|i8)(?:\.p0)?")
_PACKED = re.compile(r"llvm\.experimental\.vector\.compress\.v(\d+)(f32|f64)")
_OTHERS = {
    "llvm.ctpop.i64": "declare i64 @llvm.ctpop.i64(i64)",
    "llvm.umin.i64": "declare i64 @llvm.umin.i64(i64, i64)",
    "llvm.umin.i32": "declare i32 @llvm.umin.i32(i32, i32)",
    "llvm.smin.i64": "declare i64 @llvm.smin.i64(i64, i64)",
    "llvm.memset.p0.i64": "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
    "llvm.memcpy.p0.p0.i64": "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
    **{name: f"declare double @{name}(double)" for name in ("sin", "cos", "tan")},
    "fmod": "declare double @fmod(double, double)",
}


@cache
def function_of(name: str) -> str | None:
    """Return the text of a function that kernels may call, None for another name."""
    return (
        _OTHERS.get(name)
        or _arithmetic(name)
        or _masked(name)
        or _packed(name)
        or function_text(name)
    )


def _arithmetic(name: str) -> str | None:
    """Return the declaration of an intrinsic of floats or vectors of floats."""
    found = _OF_FLOATS.fullmatch(name)
    if found is None or found[1] not in _ARITY:
        return None
    kind = _vector(found[2], found[3])
    return f"declare {kind} @{name}({', '.join([kind] * _ARITY[found[1]])})"


def _masked(name: str) -> str | None:
    """Return the declaration of a masked load or store."""
    found = _OF_MEMORY.fullmatch(name)
    if found is None:
        return None
    kind, mask = _vector(found[2], found[3]), f"<{found[2]} x i1>"
    if found[1] == "load":
        return f"declare {kind} @{name}(ptr, i32, {mask}, {kind})"
    return f"declare void @{name}({kind}, ptr, i32, {mask})"


def _packed(name: str) -> str | None:
    """Return the declaration of the function that moves chosen lanes to the front."""
    found = _PACKED.fullmatch(name)
    if found is None:
        return None
    kind = _vector(found[1], found[2])
    return f"declare {kind} @{name}({kind}, <{found[1]} x i1>, {kind})"


def _vector(lanes: str | None, suffix: str) -> str:
    element = _ELEMENTS[suffix]
    return f"<{lanes} x {element}>" if lanes else element
