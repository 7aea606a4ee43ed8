"""Leave rare operands to another function: one branch per vector, which is seldom taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.compile.native.elementary.values import FunctionText, Value


def leave_to_longer_form(
    write: Callable[..., Value], operands: Sequence[Value], is_rare: Value, result: Value
) -> None:
    """Append the return of `result`; in a vector with a flag, `write` computes all elements.

    Both forms have the same value for usual operands, so that no value depends on its neighbours.
    """
    text, of = result.text, result.text.type_of(result.kind)
    text.lines += [*_any(text, is_rare), "  br i1 %any, label %longer, label %done", "longer:"]
    other = write(*operands)
    text.lines += [
        "  br label %done",
        "done:",
        f"  %y = phi {of} [ {result.name}, %entry ], [ {other.name}, %longer ]",
        f"  ret {of} %y",
    ]


def leave_to_library(name: str, operands: Sequence[Value], is_rare: Value, result: Value) -> None:
    """Append the return of `result`; where a flag is set, the C library's `name` computes it."""
    text, kind = result.text, result.kind
    of = text.type_of(kind)
    text.lines += [
        *_any(text, is_rare),
        "  br i1 %any, label %lane, label %done",
        "lane:",
        "  %i = phi i64 [ 0, %entry ], [ %next, %lane ]",
        f"  %before = phi {of} [ {result.name}, %entry ], [ %after, %lane ]",
        *_element(text, "%old", "%before", kind),
        *_element(text, "%rare", is_rare.name, "i1"),
        *_called(name, operands),
        f"  %new = select i1 %rare, {kind} %exact, {kind} %old",
        f"  %after = insertelement {of} %before, {kind} %new, i64 %i"
        if text.lanes > 1
        else f"  %after = select i1 true, {kind} %new, {kind} %new",
        "  %next = add i64 %i, 1",
        f"  %more = icmp slt i64 %next, {text.lanes}",
        "  br i1 %more, label %lane, label %done",
        "done:",
        f"  %y = phi {of} [ {result.name}, %entry ], [ %after, %lane ]",
        f"  ret {of} %y",
    ]


def _any(text: FunctionText, flag: Value) -> list[str]:
    """Return the lines that compute whether a flag is set for any element."""
    lines = [f"  %flags = bitcast {text.type_of('i1')} {flag.name} to i{text.lanes}"]
    return [*lines, f"  %any = icmp ne i{text.lanes} %flags, 0"]


def _element(text: FunctionText, name: str, source: str, kind: str) -> list[str]:
    """Return the line that takes one element of a vector; for a scalar, itself."""
    if text.lanes > 1:
        return [f"  {name} = extractelement {text.type_of(kind)} {source}, i64 %i"]
    return [f"  {name} = select i1 true, {kind} {source}, {kind} {source}"]


def _called(name: str, operands: Sequence[Value]) -> list[str]:
    """Return the lines that call the C library for one element, in float64."""
    lines: list[str] = []
    for i, each in enumerate(operands):
        lines += _element(each.text, f"%one{i}", each.name, each.kind)
        if each.is_single:
            lines.append(f"  %wide{i} = fpext float %one{i} to double")
    is_single = operands[0].is_single
    prefix = "%wide" if is_single else "%one"
    given = ", ".join(f"double {prefix}{i}" for i in range(len(operands)))
    if not is_single:
        return [*lines, f"  %exact = call double @{name}({given})"]
    call = f"  %found = call double @{name}({given})"
    return [*lines, call, "  %exact = fptrunc double %found to float"]
