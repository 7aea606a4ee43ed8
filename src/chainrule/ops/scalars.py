"""LLVM text for one element of elementwise primitives."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from chainrule.graph import (
    Constant,
    DType,
    PrimitiveError,
    bool_,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
)
from chainrule.graph.lowering import FUNCTIONS, Function, Scalar, Writer
from chainrule.graph.node import Node

_TYPES = {
    bool_: "i8",
    **{int8: "i8", int16: "i16", int32: "i32", int64: "i64"},
    **{uint8: "i8", uint16: "i16", uint32: "i32"},
    **{float32: "float", float64: "double"},
}


def type_of(dtype: DType) -> str:
    """Return the LLVM type of elements of `dtype`."""
    return _TYPES[dtype]


def literal(value: Any, dtype: DType) -> str:
    """Return the LLVM text of a constant; floats are exact, as the bits of a double."""
    if dtype.kind != "f":
        signed = np.dtype(f"i{dtype.itemsize}")
        return str(int(np.asarray(int(value), dtype).view(signed)))
    (bits,) = struct.unpack("<Q", struct.pack("<d", float(dtype.type(value))))
    return f"0x{bits:016X}"


def order_of(dtype: DType) -> str:
    """Return the letter of comparisons and divisions: "s" with a sign, "u" without."""
    return "s" if dtype.kind == "i" else "u"


def extension_of(dtype: DType) -> str:
    """Return the instruction that makes an integer or bool wider."""
    return "sext" if dtype.kind == "i" else "zext"


def as_int64(writer: Writer, dtype: DType, value: str) -> str:
    """Write the conversion of an integer to i64."""
    if dtype.itemsize == 8:
        return value
    return writer.put(f"{extension_of(dtype)} {type_of(dtype)} {value} to i64")


# -- families of operations ------------------------------------------------------------------------


def binary(floats: str, integers: str) -> Scalar:
    """Return the writer of one instruction on two values of one dtype."""

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        operation = floats if node.dtype.kind == "f" else integers
        return writer.put(f"{operation} {type_of(node.dtype)} {x[0]}, {x[1]}")

    return write


def compare(floats: str, integers: str) -> Scalar:
    """Return the writer of a comparison of two values of one dtype.

    integers  the comparison of integers with a sign; without one, it is the unsigned comparison
    """

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        dtype = node.inputs[0].dtype
        operation = f"fcmp {floats}" if dtype.kind == "f" else f"icmp {_ordered(integers, dtype)}"
        flag = writer.put(f"{operation} {type_of(dtype)} {x[0]}, {x[1]}")
        return writer.put(f"zext i1 {flag} to i8")

    return write


def _ordered(comparison: str, dtype: DType) -> str:
    """Return a comparison of integers, such as slt, for a dtype with a sign or without."""
    return order_of(dtype) + comparison[1:] if comparison[0] == "s" else comparison


def extremum(ordered: str, integers: str) -> Scalar:
    """Return the larger or smaller of two: NaN if one is, as in NumPy; of equal ones the second."""

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        kind = type_of(node.dtype)
        if node.dtype.kind != "f":
            flag = writer.put(f"icmp {_ordered(integers, node.dtype)} {kind} {x[0]}, {x[1]}")
        else:
            greater = writer.put(f"fcmp {ordered} {kind} {x[0]}, {x[1]}")
            nan = writer.put(f"fcmp uno {kind} {x[0]}, {x[0]}")
            flag = writer.put(f"or i1 {greater}, {nan}")
        return writer.put(f"select i1 {flag}, {kind} {x[0]}, {kind} {x[1]}")

    return write


def call(name: Function) -> Scalar:
    """Return the writer of a call of a function of floats.

    Raises PrimitiveError for a function without text.

    name  an intrinsic of LLVM or a function of `compile/native/elementary/`: see
          `graph.lowering.Function`
    """
    if name not in FUNCTIONS:
        raise PrimitiveError(
            f"A call of {name!r} was declared, but kernels have no text for it. Call one of "
            f"{', '.join(FUNCTIONS)}, or add the text to compile/native/elementary/ and the "
            "name to graph/lowering.py."
        )

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        kind = type_of(node.dtype)
        operands = ", ".join(f"{kind} {each}" for each in x)
        return writer.put(f"call {kind} @{name}.f{8 * node.dtype.itemsize}({operands})")

    return write


def whole(name: Function) -> Scalar:
    """Return the writer of a rounding function: a call for floats, no text for other dtypes."""

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        return (call(name) if node.dtype.kind == "f" else same)(writer, node, x)

    return write


# -- numbers ---------------------------------------------------------------------------------------


def same(writer: Writer, node: Node, x: list[str]) -> str:
    """Return the input unchanged."""
    return x[0]


def negate(writer: Writer, node: Node, x: list[str]) -> str:
    """Write -x."""
    kind = type_of(node.dtype)
    return writer.put(f"fneg {kind} {x[0]}" if node.dtype.kind == "f" else f"sub {kind} 0, {x[0]}")


def quotient(writer: Writer, node: Node, x: list[str]) -> str:
    """Write a / b for floats."""
    return writer.put(f"fdiv {type_of(node.dtype)} {x[0]}, {x[1]}")


def invert(writer: Writer, node: Node, x: list[str]) -> str:
    """Write 1 / x for floats."""
    return writer.put(f"fdiv {type_of(node.dtype)} {literal(1, node.dtype)}, {x[0]}")


def absolute(writer: Writer, node: Node, x: list[str]) -> str:
    """Write |x|; for the lowest integer, that integer, as in NumPy."""
    if node.dtype.kind == "f":
        return call("llvm.fabs")(writer, node, x)
    if node.dtype.kind == "u":
        return x[0]
    kind = type_of(node.dtype)
    below = writer.put(f"icmp slt {kind} {x[0]}, 0")
    return writer.put(f"select i1 {below}, {kind} {negate(writer, node, x)}, {kind} {x[0]}")


def signum(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the sign: -1, 0 or 1; NaN for NaN."""
    kind, is_float, order = type_of(node.dtype), node.dtype.kind == "f", order_of(node.dtype)
    zero, one = literal(0, node.dtype), literal(1, node.dtype)
    minus = literal(-1, node.dtype) if node.dtype.kind != "u" else zero
    less, greater = ("fcmp olt", "fcmp ogt") if is_float else (f"icmp {order}lt", f"icmp {order}gt")
    below = writer.put(f"{less} {kind} {x[0]}, {zero}")
    above = writer.put(f"{greater} {kind} {x[0]}, {zero}")
    found = writer.put(f"select i1 {below}, {kind} {minus}, {kind} {zero}")
    found = writer.put(f"select i1 {above}, {kind} {one}, {kind} {found}")
    if not is_float:
        return found
    nan = writer.put(f"fcmp uno {kind} {x[0]}, {x[0]}")
    return writer.put(f"select i1 {nan}, {kind} {x[0]}, {kind} {found}")


def shift(writer: Writer, node: Node, x: list[str]) -> str:
    """x >> n; shifts by as many bits as there are, or more, leave the sign, as in NumPy."""
    kind, most = type_of(node.dtype), 8 * node.dtype.itemsize - 1
    fits = writer.put(f"icmp ule {kind} {x[1]}, {most}")
    count = writer.put(f"select i1 {fits}, {kind} {x[1]}, {kind} {most}")
    if node.dtype.kind == "i":
        return writer.put(f"ashr {kind} {x[0]}, {count}")
    shifted = writer.put(f"lshr {kind} {x[0]}, {count}")
    return writer.put(f"select i1 {fits}, {kind} {shifted}, {kind} 0")


def shift_left(writer: Writer, node: Node, x: list[str]) -> str:
    """x << n; shifts by as many bits as there are, or more, leave 0, as in NumPy."""
    kind, bits = type_of(node.dtype), 8 * node.dtype.itemsize
    fits = writer.put(f"icmp ult {kind} {x[1]}, {bits}")
    count = writer.put(f"select i1 {fits}, {kind} {x[1]}, {kind} 0")
    shifted = writer.put(f"shl {kind} {x[0]}, {count}")
    return writer.put(f"select i1 {fits}, {kind} {shifted}, {kind} 0")


def invert_bits(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the integer with all bits inverted; for bools the logical negation."""
    ones = 1 if node.dtype.kind == "b" else -1
    return writer.put(f"xor {type_of(node.dtype)} {x[0]}, {ones}")


def negative_bit(writer: Writer, node: Node, x: list[str]) -> str:
    """Write whether the sign bit of a float is set."""
    dtype = node.inputs[0].dtype
    whole = f"i{8 * dtype.itemsize}"
    bits = writer.put(f"bitcast {type_of(dtype)} {x[0]} to {whole}")
    return writer.put(f"zext i1 {writer.put(f'icmp slt {whole} {bits}, 0')} to i8")


def power(writer: Writer, node: Node, x: list[str]) -> str:
    """b^e of floats, or of integers with an exponent that is known and not negative."""
    exponent = _known(node.inputs[1])
    if node.dtype.kind != "f":
        return _by_squaring(writer, node.dtype, x[0], int(exponent))
    if exponent in (3.0, 4.0):
        return _by_squaring(writer, node.dtype, x[0], int(exponent))
    return call("llvm.pow" if exponent in _SIMPLE else "pow")(writer, node, x)


_SIMPLE = (-1.0, 0.0, 0.5, 1.0, 2.0)
"""Exponents for which LLVM replaces its function by fewer instructions."""


def _known(exponent: Node) -> Any:
    """Return the exponent as a number if it is one constant, else None."""
    if isinstance(exponent, Constant) and exponent.size == 1:
        return exponent.read().item()
    return None


def has_scalar_power(node: Node) -> bool:
    """Return whether `power` supports a gate."""
    exponent = _known(node.inputs[1])
    return node.dtype.kind == "f" or (exponent is not None and exponent >= 0)


def _by_squaring(writer: Writer, dtype: DType, base: str, exponent: int) -> str:
    """Write a number to a known power by repeated squaring."""
    times = f"{'fmul' if dtype.kind == 'f' else 'mul'} {type_of(dtype)}"
    result, square = literal(1, dtype), base
    while exponent:
        if exponent & 1:
            result = writer.put(f"{times} {result}, {square}")
        square = writer.put(f"{times} {square}, {square}")
        exponent >>= 1
    return result


# -- truth and conversion --------------------------------------------------------------------------


def logic(operation: str) -> Scalar:
    """Return the writer of one instruction on two bools."""

    def write(writer: Writer, node: Node, x: list[str]) -> str:
        return writer.put(f"{operation} i8 {x[0]}, {x[1]}")

    return write


def deny(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the logical negation."""
    return writer.put(f"xor i8 {x[0]}, 1")


def select(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the second operand where the first is not 0 (NaN is not 0), else the third."""
    kind, truth = type_of(node.dtype), _is_true(writer, node.inputs[0].dtype, x[0])
    return writer.put(f"select i1 {truth}, {kind} {x[1]}, {kind} {x[2]}")


def _is_true(writer: Writer, dtype: DType, x: str) -> str:
    compared = "fcmp une" if dtype.kind == "f" else "icmp ne"
    return writer.put(f"{compared} {type_of(dtype)} {x}, {literal(0, dtype)}")


def convert(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the conversion of the input to the dtype of the output."""
    old, new = node.inputs[0].dtype, node.dtype
    source, target = type_of(old), type_of(new)
    if new.kind == "b":
        return writer.put(f"zext i1 {_is_true(writer, old, x[0])} to i8")
    if old.kind == "f" and new in _THROUGH:
        wide = _THROUGH[new]
        whole = writer.put(f"fptosi {source} {x[0]} to {wide}")
        return writer.put(f"trunc {wide} {whole} to {target}")
    if source == target:
        return x[0]
    return writer.put(f"{_conversion(old, new)} {source} {x[0]} to {target}")


_THROUGH = {**dict.fromkeys((int8, uint8, int16, uint16), "i32"), uint32: "i64"}
"""The integer to which a float is converted first, so that what does not fit wraps as in NumPy."""


def _conversion(old: DType, new: DType) -> str:
    """Return the conversion instruction between two dtypes of different LLVM types."""
    if old.kind == "f":
        smaller = "fpext" if new.itemsize > old.itemsize else "fptrunc"
        return smaller if new.kind == "f" else "fptosi"
    if new.kind == "f":
        return "sitofp" if old.kind == "i" else "uitofp"
    return extension_of(old) if new.itemsize > old.itemsize else "trunc"
