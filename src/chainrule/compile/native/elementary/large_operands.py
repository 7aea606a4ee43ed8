"""Leave operands beyond a bound to the C library: one branch per vector, which is seldom taken."""

from __future__ import annotations

from chainrule.compile.native.elementary.values import FunctionText, Value, magnitude


def leave_large_operands(
    text: FunctionText, name: str, x: Value, bound: float, result: Value
) -> None:
    """Append the return of `result`, in which large finite operands are computed by `name`."""
    size = magnitude(x)
    is_large = (size > bound) & (size < float("inf"))
    any_large = is_large.name
    if text.lanes > 1:
        any_large = "%any"
        text.lines += [
            f"  %flags = bitcast {text.type_of('i1')} {is_large.name} to i{text.lanes}",
            f"  %any = icmp ne i{text.lanes} %flags, 0",
        ]
    of, kind = text.type_of(x.kind), x.kind
    text.lines += [
        f"  br i1 {any_large}, label %lane, label %done",
        "lane:",
        "  %i = phi i64 [ 0, %entry ], [ %next, %lane ]",
        f"  %before = phi {of} [ {result.name}, %entry ], [ %after, %lane ]",
        *_element(text, "%one", x.name, kind),
        *_element(text, "%old", "%before", kind),
        *_element(text, "%large", is_large.name, "i1"),
        *_exact(name, kind),
        f"  %new = select i1 %large, {kind} %exact, {kind} %old",
        f"  %after = insertelement {of} %before, {kind} %new, i64 %i"
        if text.lanes > 1
        else f"  %after = fadd {kind} %new, -0.0",
        "  %next = add i64 %i, 1",
        f"  %more = icmp slt i64 %next, {text.lanes}",
        "  br i1 %more, label %lane, label %done",
        "done:",
        f"  %y = phi {of} [ {result.name}, %entry ], [ %after, %lane ]",
        f"  ret {of} %y",
    ]


def _element(text: FunctionText, name: str, source: str, kind: str) -> list[str]:
    """Return the line that takes one element of a vector; for a scalar, itself."""
    if text.lanes > 1:
        return [f"  {name} = extractelement {text.type_of(kind)} {source}, i64 %i"]
    return [f"  {name} = select i1 true, {kind} {source}, {kind} {source}"]


def _exact(name: str, kind: str) -> list[str]:
    """Return the lines that call the C library, in float64."""
    if kind == "double":
        return [f"  %exact = call double @{name}(double %one)"]
    return [
        "  %wide = fpext float %one to double",
        f"  %found = call double @{name}(double %wide)",
        "  %exact = fptrunc double %found to float",
    ]
