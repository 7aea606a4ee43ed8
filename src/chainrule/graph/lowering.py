"""Lowering: what a primitive says about its native code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from chainrule.graph.node import Node


class Writer(Protocol):
    """What the text of a kernel is written with."""

    def put(self, instruction: str) -> str:
        """Append an instruction of LLVM's language, and return the name of its value."""


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
    "argmax",
    "argmin",
    "running sum",
    "integer power",
    "product",
    "gather",
    "gather along",
    "scatter",
    "scatter along",
    "first occurrence",
    "count from front",
    "true positions",
    "random bits",
    "idle adam",
    "loop",
    "windows product",
    "product by windows",
    "add windows product",
    "extreme of windows",
    "to winners",
]
"""The loops that the compiler has text for; it reads the rest from the gate's attributes."""

TEMPLATES: tuple[str, ...] = get_args(Template)


Function = Literal[
    "exp",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "erf",
    "llvm.sqrt",
    "llvm.sin",
    "llvm.cos",
    "llvm.fabs",
    "llvm.floor",
    "llvm.ceil",
    "llvm.trunc",
    "llvm.rint",
]
"""The functions of one float that a kernel can call, in float32 and float64."""

FUNCTIONS: tuple[str, ...] = get_args(Function)


@dataclass(frozen=True)
class Partly:
    """One element at a time for the gates that `covers` says yes to, a template for the others."""

    covers: Callable[[Node], bool]
    scalar: Scalar
    otherwise: Template


Lowering = Scalar | Template | Partly | None


def named_template(lowering: Lowering) -> Template | None:
    """Return the template that a lowering names, None if it names none."""
    if isinstance(lowering, Partly):
        return lowering.otherwise
    return lowering if isinstance(lowering, str) else None
