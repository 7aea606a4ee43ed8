"""Lowering: the declaration of a primitive's native code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from chainrule.graph.node import Node


class Writer(Protocol):
    """The writer of a kernel's LLVM text."""

    def put(self, instruction: str) -> str:
        """Append an instruction of LLVM IR, and return the name of its value."""


Scalar = Callable[[Writer, Node, list[str]], str]
"""(writer, node, names of one element of each input) -> the name of one element of the output."""

Template = Literal[
    "pass through",
    "view",
    "permute",
    "slice",
    "pad",
    "concat",
    "windows",
    "add windows",
    "sum",
    "max",
    "min",
    "nanmax",
    "nanmin",
    "argmax",
    "argmin",
    "running sum",
    "running product",
    "linear recurrence",
    "cumulative argmax",
    "cumulative argmin",
    "integer power",
    "product",
    "gather",
    "gather along",
    "scatter",
    "scatter along",
    "scatter max",
    "scatter min",
    "scatter prod",
    "search sorted",
    "first occurrence",
    "count from front",
    "true positions",
    "random bits",
    "shuffled",
    "idle adam",
    "attention",
    "attention gradients",
    "scan",
    "branch",
    "while",
    "windows product",
    "product by windows",
    "add windows product",
    "extreme of windows",
    "to winners",
]
"""The templates of the compiler: native loops, which read a gate's attributes."""

TEMPLATES: tuple[str, ...] = get_args(Template)


Function = Literal[
    "exp",
    "exp2",
    "expm1",
    "sinh",
    "cosh",
    "tanh",
    "log",
    "log2",
    "log10",
    "log1p",
    "asinh",
    "acosh",
    "atanh",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "erf",
    "erfc",
    "cbrt",
    "hypot",
    "pow",
    "nextafter",
    "fmod",
    "llvm.pow",
    "llvm.copysign",
    "llvm.sqrt",
    "llvm.fabs",
    "llvm.floor",
    "llvm.ceil",
    "llvm.trunc",
    "llvm.rint",
]
"""The functions of floats that a kernel can call, in float32 and float64."""

FUNCTIONS: tuple[str, ...] = get_args(Function)


@dataclass(frozen=True)
class Partly:
    """An element function for the gates that `covers` accepts, a template for other gates."""

    covers: Callable[[Node], bool]
    scalar: Scalar
    otherwise: Template


Lowering = Scalar | Template | Partly | None


def named_template(lowering: Lowering) -> Template | None:
    """Return the template that a lowering names, or None."""
    if isinstance(lowering, Partly):
        return lowering.otherwise
    return lowering if isinstance(lowering, str) else None
