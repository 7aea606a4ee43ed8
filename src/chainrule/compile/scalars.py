"""Scalars: what one element of an elementwise gate is in LLVM's language."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chainrule.graph import DType, Tensor

TYPES = {"bool": "i8", "int32": "i32", "int64": "i64", "float32": "float", "float64": "double"}


@dataclass
class Body:
    """The instructions of one loop body, in order, each value named by a number."""

    lines: list[str] = field(default_factory=list)

    def put(self, instruction: str) -> str:
        """Append an instruction, and return the name of its value."""
        name = f"%v{len(self.lines)}"
        self.lines.append(f"{name} = {instruction}")
        return name


Emit = Callable[[Body, Tensor, list[str]], str]


def type_of(dtype: DType) -> str:
    """Return LLVM's type for the elements of an array of `dtype`."""
    return TYPES[dtype.name]


def literal(value: Any, dtype: DType) -> str:
    """Return a constant; floats exactly, as the bits of a double."""
    if dtype.kind != "f":
        return str(int(value))
    (bits,) = struct.unpack("<Q", struct.pack("<d", float(dtype.type(value))))
    return f"0x{bits:016X}"


def _binary(floats: str, integers: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        operation = floats if node.dtype.kind == "f" else integers
        return body.put(f"{operation} {type_of(node.dtype)} {x[0]}, {x[1]}")

    return emit


def _compare(floats: str, integers: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        dtype = node.inputs[0].dtype
        operation = f"fcmp {floats}" if dtype.kind == "f" else f"icmp {integers}"
        flag = body.put(f"{operation} {type_of(dtype)} {x[0]}, {x[1]}")
        return body.put(f"zext i1 {flag} to i8")

    return emit


def _logic(operation: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        return body.put(f"{operation} i8 {x[0]}, {x[1]}")

    return emit


def _not(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"xor i8 {x[0]}, 1")


def _truth(body: Body, x: str) -> str:
    return body.put(f"icmp ne i8 {x}, 0")


def _where(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    return body.put(f"select i1 {_truth(body, x[0])}, {kind} {x[1]}, {kind} {x[2]}")


def _extremum(ordered: str, integers: str) -> Emit:
    """The larger or smaller of two; NaN wins, as in NumPy; equal operands give the second."""

    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        kind = type_of(node.dtype)
        if node.dtype.kind != "f":
            flag = body.put(f"icmp {integers} {kind} {x[0]}, {x[1]}")
        else:
            greater = body.put(f"fcmp {ordered} {kind} {x[0]}, {x[1]}")
            nan = body.put(f"fcmp uno {kind} {x[0]}, {x[0]}")
            flag = body.put(f"or i1 {greater}, {nan}")
        return body.put(f"select i1 {flag}, {kind} {x[0]}, {kind} {x[1]}")

    return emit


def _negative(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    return body.put(f"fneg {kind} {x[0]}" if node.dtype.kind == "f" else f"sub {kind} 0, {x[0]}")


def _reciprocal(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"fdiv {type_of(node.dtype)} {literal(1, node.dtype)}, {x[0]}")


def _call(name: str) -> Emit:
    """A function of one float: `@name.f32` or `@name.f64`, defined beside the kernel."""

    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        kind = type_of(node.dtype)
        return body.put(f"call {kind} @{name}.f{8 * node.dtype.itemsize}({kind} {x[0]})")

    return emit


def _pow(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    bits = 8 * node.dtype.itemsize
    return body.put(f"call {kind} @llvm.pow.f{bits}({kind} {x[0]}, {kind} {x[1]})")


def _shift(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"ashr {type_of(node.dtype)} {x[0]}, {x[1]}")


def _astype(body: Body, node: Tensor, x: list[str]) -> str:
    old, new = node.inputs[0].dtype, node.dtype
    source, target = type_of(old), type_of(new)
    if new.kind == "b":
        compare = f"fcmp une {source} {x[0]}, 0.0" if old.kind == "f" else None
        flag = body.put(compare or f"icmp ne {source} {x[0]}, 0")
        return body.put(f"zext i1 {flag} to i8")
    if old.kind == "b":
        operation = "uitofp" if new.kind == "f" else "zext"
    elif old.kind == "f":
        smaller = "fpext" if new.itemsize > old.itemsize else "fptrunc"
        operation = smaller if new.kind == "f" else "fptosi"
    else:
        wider = "sext" if new.itemsize > old.itemsize else "trunc"
        operation = "sitofp" if new.kind == "f" else wider
    return body.put(f"{operation} {source} {x[0]} to {target}")


def _same(body: Body, node: Tensor, x: list[str]) -> str:
    return x[0]


EMIT: dict[str, Emit] = {
    "add": _binary("fadd", "add"),
    "subtract": _binary("fsub", "sub"),
    "multiply": _binary("fmul", "mul"),
    "divide": _binary("fdiv", "sdiv"),
    "maximum": _extremum("ogt", "sgt"),
    "minimum": _extremum("olt", "slt"),
    "negative": _negative,
    "reciprocal": _reciprocal,
    "abs": lambda body, node, x: _call("llvm.fabs")(body, node, x),
    "sqrt": _call("llvm.sqrt"),
    "floor": _call("llvm.floor"),
    "round": _call("llvm.rint"),
    "sin": _call("llvm.sin"),
    "cos": _call("llvm.cos"),
    "pow": _pow,
    "exp": _call("exp"),
    "log": _call("log"),
    "tanh": _call("tanh"),
    "erf": _call("erf"),
    "expm1": _call("expm1"),
    "log1p": _call("log1p"),
    "equal": _compare("oeq", "eq"),
    "not_equal": _compare("une", "ne"),
    "less": _compare("olt", "slt"),
    "less_equal": _compare("ole", "sle"),
    "greater": _compare("ogt", "sgt"),
    "greater_equal": _compare("oge", "sge"),
    "logical_and": _logic("and"),
    "logical_or": _logic("or"),
    "logical_not": _not,
    "where": _where,
    "bitwise_right_shift": _shift,
    "astype": _astype,
    "broadcast_to": _same,
}


def can_emit(node: Tensor) -> bool:
    """Say whether one element of `node` can be computed in a native loop."""
    primitive = node.primitive
    if primitive is None or primitive.name not in EMIT:
        return False
    return primitive.name not in ("abs", "pow", "divide") or node.dtype.kind == "f"
