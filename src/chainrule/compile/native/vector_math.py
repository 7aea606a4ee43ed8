"""Elementary functions in LLVM's language, in a form that loops around them vectorise."""

from __future__ import annotations

import math

import numpy as np

# exp: x = n log 2 + r with |r| <= log(2)/2, two-part log 2, Taylor polynomial of e^r, scaled by 2^n
# in two steps so that results near the ends of the range are right.
# log: x = m 2^e with m in [sqrt(1/2), sqrt 2), log m = 2 artanh((m-1)/(m+1)) as a series.
# tanh: an odd polynomial near 0 (its Taylor series), 1 - 2 / (exp(2|x|) + 1) elsewhere.


def _horner(coefficients: list[float], variable: str, kind: str, name: str) -> list[str]:
    """Return the lines that evaluate a polynomial, its highest coefficient first."""
    lines = [f"  %{name}0 = fadd {kind} {_number(coefficients[0])}, 0.0"]
    for i, each in enumerate(coefficients[1:], start=1):
        lines.append(f"  %{name}m{i} = fmul contract {kind} %{name}{i - 1}, {variable}")
        lines.append(f"  %{name}{i} = fadd contract {kind} %{name}m{i}, {_number(each)}")
    return lines


def _number(value: float) -> str:
    """Return a float32 constant in LLVM's notation."""
    return f"0x{int(np.float64(np.float32(value)).view(np.uint64)):016X}"


def _factorial_series(count: int) -> list[float]:
    """Return 1/n!, ..., 1/1!, 1/0!: the Taylor coefficients of exp, the highest first."""
    series, factor = [1.0], 1.0
    for i in range(1, count):
        factor /= i
        series.append(factor)
    return series[::-1]


_EXP = "\n".join(
    [
        "define internal float @exp.f32(float %x) alwaysinline {",
        f"  %big = fcmp ogt float %x, {_number(88.72283935546875)}",
        f"  %small = fcmp olt float %x, {_number(-103.97283935546875)}",
        "  %nan = fcmp uno float %x, %x",
        "  %out1 = or i1 %big, %small",
        "  %out = or i1 %out1, %nan",
        "  %safe = select i1 %out, float 0.0, float %x",
        f"  %scaled = fmul contract float %safe, {_number(1.4426950408889634)}",
        "  %n = call float @llvm.rint.f32(float %scaled)",
        f"  %high = fmul contract float %n, {_number(0.693359375)}",
        f"  %low = fmul contract float %n, {_number(-2.12194440e-4)}",
        "  %r1 = fsub contract float %safe, %high",
        "  %r = fsub contract float %r1, %low",
        *_horner(_factorial_series(8), "%r", "float", "p"),
        "  %ni = fptosi float %n to i32",
        "  %half = ashr i32 %ni, 1",
        "  %rest = sub i32 %ni, %half",
        "  %b1 = add i32 %half, 127",
        "  %b2 = add i32 %rest, 127",
        "  %e1 = shl i32 %b1, 23",
        "  %e2 = shl i32 %b2, 23",
        "  %f1 = bitcast i32 %e1 to float",
        "  %f2 = bitcast i32 %e2 to float",
        "  %y1 = fmul contract float %p7, %f1",
        "  %y2 = fmul contract float %y1, %f2",
        "  %y3 = select i1 %big, float 0x7FF0000000000000, float %y2",
        "  %y4 = select i1 %small, float 0.0, float %y3",
        "  %y = select i1 %nan, float %x, float %y4",
        "  ret float %y",
        "}",
    ]
)

_LOG = "\n".join(
    [
        "define internal float @log.f32(float %x) alwaysinline {",
        "  %tiny = fcmp olt float %x, 0x3810000000000000",
        "  %lifted = fmul contract float %x, 8388608.0",
        "  %v = select i1 %tiny, float %lifted, float %x",
        "  %bits = bitcast float %v to i32",
        "  %shifted = sub i32 %bits, 1060439283",
        "  %ei = ashr i32 %shifted, 23",
        "  %eb = shl i32 %ei, 23",
        "  %mb = sub i32 %bits, %eb",
        "  %m = bitcast i32 %mb to float",
        "  %less = select i1 %tiny, i32 -23, i32 0",
        "  %et = add i32 %ei, %less",
        "  %e = sitofp i32 %et to float",
        "  %above = fsub contract float %m, 1.0",
        "  %below = fadd contract float %m, 1.0",
        "  %s = fdiv float %above, %below",
        "  %z = fmul contract float %s, %s",
        *_horner([2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3], "%z", "float", "p"),
        "  %sz = fmul contract float %s, %z",
        "  %tail = fmul contract float %sz, %p4",
        "  %s2 = fadd contract float %s, %s",
        f"  %el = fmul contract float %e, {_number(-2.12194440e-4)}",
        f"  %eh = fmul contract float %e, {_number(0.693359375)}",
        "  %a1 = fadd contract float %tail, %el",
        "  %a2 = fadd contract float %a1, %s2",
        "  %a3 = fadd contract float %a2, %eh",
        "  %zero = fcmp oeq float %x, 0.0",
        "  %inf = fcmp oeq float %x, 0x7FF0000000000000",
        "  %bad = fcmp ult float %x, 0.0",
        "  %y1 = select i1 %zero, float 0xFFF0000000000000, float %a3",
        "  %y2 = select i1 %inf, float 0x7FF0000000000000, float %y1",
        "  %y = select i1 %bad, float 0x7FF8000000000000, float %y2",
        "  ret float %y",
        "}",
    ]
)

_TANH = "\n".join(
    [
        "define internal float @tanh.f32(float %x) alwaysinline {",
        "  %a = call float @llvm.fabs.f32(float %x)",
        "  %near = fcmp olt float %a, 0.25",
        "  %z = fmul contract float %x, %x",
        *_horner([62 / 2835, -17 / 315, 2 / 15, -1 / 3], "%z", "float", "p"),
        "  %xz = fmul contract float %x, %z",
        "  %odd = fmul contract float %xz, %p3",
        "  %inner = fadd contract float %x, %odd",
        "  %twice = fadd contract float %a, %a",
        "  %e = call float @exp.f32(float %twice)",
        "  %e1 = fadd contract float %e, 1.0",
        "  %q = fdiv float 2.0, %e1",
        "  %outer = fsub contract float 1.0, %q",
        "  %size = select i1 %near, float %inner, float %outer",
        "  %y = call float @llvm.copysign.f32(float %size, float %x)",
        "  ret float %y",
        "}",
    ]
)

# expm1 and log1p: their series near 0, exp and log elsewhere. erf: its series near 0, elsewhere
# Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.

_EXPM1 = "\n".join(
    [
        "define internal float @expm1.f32(float %x) alwaysinline {",
        "  %a = call float @llvm.fabs.f32(float %x)",
        "  %near = fcmp olt float %a, 0.5",
        *_horner([*_factorial_series(10)[:-1]], "%x", "float", "p"),
        "  %inner = fmul contract float %x, %p8",
        "  %e = call float @exp.f32(float %x)",
        "  %outer = fsub contract float %e, 1.0",
        "  %y = select i1 %near, float %inner, float %outer",
        "  ret float %y",
        "}",
    ]
)

_LOG1P = "\n".join(
    [
        "define internal float @log1p.f32(float %x) alwaysinline {",
        "  %a = call float @llvm.fabs.f32(float %x)",
        "  %near = fcmp olt float %a, 0.25",
        "  %two = fadd contract float %x, 2.0",
        "  %s = fdiv float %x, %two",
        "  %z = fmul contract float %s, %s",
        *_horner([2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2.0], "%z", "float", "p"),
        "  %inner = fmul contract float %s, %p5",
        "  %u = fadd contract float %x, 1.0",
        "  %outer = call float @log.f32(float %u)",
        "  %y = select i1 %near, float %inner, float %outer",
        "  ret float %y",
        "}",
    ]
)

_SCALE = 2 / math.sqrt(math.pi)
_ERF = "\n".join(
    [
        "define internal float @erf.f32(float %x) alwaysinline {",
        "  %a = call float @llvm.fabs.f32(float %x)",
        "  %near = fcmp olt float %a, 0.5",
        "  %z = fmul contract float %x, %x",
        *_horner(
            [_SCALE * each for each in (-1 / 1320, 1 / 216, -1 / 42, 1 / 10, -1 / 3, 1.0)],
            "%z",
            "float",
            "p",
        ),
        "  %inner = fmul contract float %x, %p5",
        f"  %pa = fmul contract float %a, {_number(0.3275911)}",
        "  %pb = fadd contract float %pa, 1.0",
        "  %t = fdiv float 1.0, %pb",
        *_horner(
            [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592],
            "%t",
            "float",
            "q",
        ),
        "  %minus = fneg float %z",
        "  %e = call float @exp.f32(float %minus)",
        "  %qt = fmul contract float %q4, %t",
        "  %tail = fmul contract float %qt, %e",
        "  %positive = fsub contract float 1.0, %tail",
        "  %outer = call float @llvm.copysign.f32(float %positive, float %x)",
        "  %y = select i1 %near, float %inner, float %outer",
        "  ret float %y",
        "}",
    ]
)

_LIBM = "\n".join(
    f"declare double @{name}(double)\n"
    f"define internal double @{name}.f64(double %x) alwaysinline {{\n"
    f"  %y = call double @{name}(double %x)\n  ret double %y\n}}"
    for name in ("erf", "expm1", "log1p")
)

_DOUBLE = "\n".join(
    f"define internal double @{name}.f64(double %x) alwaysinline {{\n"
    f"  %y = call double @llvm.{name}.f64(double %x)\n  ret double %y\n}}"
    for name in ("exp", "log", "tanh")
)


def _vector_intrinsics(vector: str, lanes: int, name: str) -> list[str]:
    """Return the declarations of masked loads and stores and fma on vectors."""
    mask = f"<{lanes} x i1>"
    return [
        f"declare {vector} @llvm.masked.load.{name}.p0(ptr, i32, {mask}, {vector})",
        f"declare void @llvm.masked.store.{name}.p0({vector}, ptr, i32, {mask})",
        f"declare {vector} @llvm.fma.{name}({vector}, {vector}, {vector})",
    ]


_WHOLE = ("floor", "ceil", "trunc", "rint")
_INTRINSICS = "\n".join(
    [
        *(
            f"declare {kind} @llvm.{name}.f{bits}({kind})"
            for kind, bits in (("float", 32), ("double", 64))
            for name in ("fabs", "sqrt", "sin", "cos", "exp", "log", "tanh", *_WHOLE)
        ),
        "declare float @llvm.pow.f32(float, float)",
        "declare double @llvm.pow.f64(double, double)",
        *(
            f"declare {kind} @llvm.{name}.f{bits}({kind}, {kind})"
            for kind, bits in (("float", 32), ("double", 64))
            for name in ("copysign", "maximum", "minimum")
        ),
        "declare i64 @llvm.umin.i64(i64, i64)",
        *(
            line
            for kind, lanes, bits in (("float", 16, 32), ("float", 8, 32), ("double", 8, 64))
            for line in _vector_intrinsics(f"<{lanes} x {kind}>", lanes, f"v{lanes}f{bits}")
        ),
        "declare i64 @llvm.smin.i64(i64, i64)",
        "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
    ]
)

LIBRARY = "\n".join([_INTRINSICS, _EXP, _LOG, _TANH, _EXPM1, _LOG1P, _ERF, _DOUBLE, _LIBM])
"""The functions that kernels may call; each kernel is compiled with those that it calls."""
