"""Expressions of Python that write functions in LLVM's language, for one element or a vector."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

Number = float | int
_INTEGERS = {"float": "i32", "double": "i64"}
_FLOATS = {"i32": "float", "i64": "double"}
_BITS = {"float": 32, "double": 64, "i32": 32, "i64": 64}


class FunctionText:
    """The lines of a function whose values are vectors of `lanes` elements; 1 for scalars."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.lines: list[str] = []
        self._count = 0

    def type_of(self, kind: str) -> str:
        """Return the type of a value with elements of `kind`."""
        return kind if self.lanes == 1 else f"<{self.lanes} x {kind}>"

    def suffix_of(self, kind: str) -> str:
        """Return the suffix of functions of such values, as f32 or v8f64."""
        prefix = "" if self.lanes == 1 else f"v{self.lanes}"
        return f"{prefix}{'i' if kind[0] == 'i' else 'f'}{_BITS[kind]}"

    def constant(self, kind: str, number: Number) -> str:
        """Return a constant of the value's type."""
        one = literal(kind, number)
        if self.lanes == 1:
            return one
        return "<" + ", ".join([f"{kind} {one}"] * self.lanes) + ">"

    def put(self, kind: str, instruction: str) -> Value:
        """Append an instruction, and return its value."""
        self._count += 1
        self.lines.append(f"  %v{self._count} = {instruction}")
        return Value(self, kind, f"%v{self._count}")

    def call(self, name: str, *operands: Value) -> Value:
        """Append a call of a function whose result has the type of its operands."""
        kind = operands[0].kind
        of = self.type_of(kind)
        given = ", ".join(f"{of} {each.name}" for each in operands)
        return self.put(kind, f"call {of} @{name}.{self.suffix_of(kind)}({given})")


def literal(kind: str, number: Number) -> str:
    """Return a number in LLVM's notation; floats as the bits of a double."""
    if kind not in ("float", "double"):
        return str(int(number))
    if kind == "float":
        (number,) = struct.unpack("<f", struct.pack("<f", number))
    (bits,) = struct.unpack("<Q", struct.pack("<d", number))
    return f"0x{bits:016X}"


@dataclass(frozen=True, eq=False)
class Value:
    """A value of a function's text. Operators append instructions; a number is a constant."""

    text: FunctionText
    kind: str
    name: str

    @property
    def is_single(self) -> bool:
        """Whether the elements are float32."""
        return self.kind == "float"

    def _with(self, instruction: str, other: Value | Number, *, turned: bool = False) -> Value:
        right = other.name if isinstance(other, Value) else self.text.constant(self.kind, other)
        names = (right, self.name) if turned else (self.name, right)
        return self.text.put(
            self.kind, f"{instruction} {self.text.type_of(self.kind)} {', '.join(names)}"
        )

    def _arithmetic(self, name: str, other: Value | Number, *, turned: bool = False) -> Value:
        prefix = "f" if self.kind in _INTEGERS else ""
        return self._with(f"{prefix}{name}", other, turned=turned)

    def __add__(self, other: Value | Number) -> Value:
        return self._arithmetic("add", other)

    def __sub__(self, other: Value | Number) -> Value:
        return self._arithmetic("sub", other)

    def __rsub__(self, other: Number) -> Value:
        return self._arithmetic("sub", other, turned=True)

    def __mul__(self, other: Value | Number) -> Value:
        return self._arithmetic("mul", other)

    def __truediv__(self, other: Value | Number) -> Value:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: Number) -> Value:
        return self._with("fdiv", other, turned=True)

    def __neg__(self) -> Value:
        return self.text.put(self.kind, f"fneg {self.text.type_of(self.kind)} {self.name}")

    def __and__(self, other: Value | Number) -> Value:
        return self._with("and", other)

    def __or__(self, other: Value | Number) -> Value:
        return self._with("or", other)

    def __xor__(self, other: Value | Number) -> Value:
        return self._with("xor", other)

    def __lshift__(self, other: Number) -> Value:
        return self._with("shl", other)

    def __rshift__(self, other: Number) -> Value:
        return self._with("ashr", other)

    def _compared(self, floats: str, integers: str, other: Value | Number) -> Value:
        name = f"fcmp {floats}" if self.kind in _INTEGERS else f"icmp {integers}"
        found = self._with(name, other)
        return Value(self.text, "i1", found.name)

    def __lt__(self, other: Value | Number) -> Value:
        return self._compared("olt", "slt", other)

    def __gt__(self, other: Value | Number) -> Value:
        return self._compared("ogt", "sgt", other)

    def __ge__(self, other: Value | Number) -> Value:
        return self._compared("oge", "sge", other)

    def same_as(self, other: Value | Number) -> Value:
        """Return whether the values are equal; NaN is equal to nothing."""
        return self._compared("oeq", "eq", other)

    def is_nan(self) -> Value:
        """Return whether a float is NaN."""
        return self._compared("uno", "eq", self)

    def converted(self, instruction: str, kind: str) -> Value:
        """Return the value converted by an instruction to elements of `kind`."""
        old, new = self.text.type_of(self.kind), self.text.type_of(kind)
        return self.text.put(kind, f"{instruction} {old} {self.name} to {new}")

    def bits(self) -> Value:
        """Return the bits of a float as an integer."""
        return self.converted("bitcast", _INTEGERS[self.kind])

    def as_float(self) -> Value:
        """Return the float that has these bits."""
        return self.converted("bitcast", _FLOATS[self.kind])

    def wide(self) -> Value:
        """Return a float32 as float64."""
        return self.converted("fpext", "double")

    def narrow(self) -> Value:
        """Return a float64 rounded to float32."""
        return self.converted("fptrunc", "float")


def choose(flag: Value, a: Value | Number, b: Value | Number) -> Value:
    """Return `a` where the flag is set, else `b`; at least one of them is no number."""
    kind = a.kind if isinstance(a, Value) else b.kind if isinstance(b, Value) else ""
    text, of = flag.text, flag.text.type_of(kind)
    names = [x.name if isinstance(x, Value) else text.constant(kind, x) for x in (a, b)]
    flags = text.type_of("i1")
    return text.put(kind, f"select {flags} {flag.name}, {of} {names[0]}, {of} {names[1]}")


def known(like: Value, number: Number) -> Value:
    """Return a number as a value of the type of another."""
    return Value(like.text, like.kind, like.text.constant(like.kind, number))


def _lifted(a: Value, others: Sequence[Value | Number]) -> list[Value]:
    return [each if isinstance(each, Value) else known(a, each) for each in others]


def madd(a: Value, b: Value | Number, c: Value | Number) -> Value:
    """Return a · b + c, rounded once where the CPU does that in one instruction."""
    return a.text.call("llvm.fmuladd", a, *_lifted(a, (b, c)))


def fma(a: Value, b: Value | Number, c: Value | Number) -> Value:
    """Return a · b + c, rounded once."""
    return a.text.call("llvm.fma", a, *_lifted(a, (b, c)))


def magnitude(x: Value) -> Value:
    """Return |x|."""
    return x.text.call("llvm.fabs", x)


def root(x: Value) -> Value:
    """Return the square root of x."""
    return x.text.call("llvm.sqrt", x)


def with_sign(size: Value, sign: Value) -> Value:
    """Return `size` with the sign of `sign`."""
    return size.text.call("llvm.copysign", size, sign)


def at_most(x: Value, bound: Number) -> Value:
    """Return x limited from above; NaN stays."""
    return choose(x > bound, bound, x)


def at_least(x: Value, bound: Number) -> Value:
    """Return x limited from below; NaN stays."""
    return choose(x < bound, bound, x)


def by_kind(x: Value, single: Number, double: Number) -> Number:
    """Return a constant that differs between float32 and float64."""
    return single if x.is_single else double


def polynomial(coefficients: Sequence[float], x: Value) -> Value:
    """Return the value of a polynomial, its highest coefficient first."""
    total = known(x, coefficients[0])
    for each in coefficients[1:]:
        total = madd(total, x, each)
    return total


def rounded(x: Value, factor: Number = 1.0, less: Number = 0.0) -> tuple[Value, Value]:
    """Return x · factor - less rounded to the nearest integer, and bits whose lowest are its own.

    The sum with 1.5 · 2^52 (for float32 1.5 · 2^23) has no bits after the point.
    """
    shift = by_kind(x, 1.5 * 2**23, 1.5 * 2**52)
    shifted = x * factor - less + shift if less else madd(x, factor, shift)
    return shifted - shift, shifted.bits()


def power_of_two(bits: Value, less: int = 0) -> Value:
    """Return 2^(n - less) from the bits of `rounded`, for a power within the range of exponents."""
    place, bias = _exponent(bits)
    return ((bits << place) + (bias - less << place)).as_float()


def _exponent(bits: Value) -> tuple[int, int]:
    """Return the lowest bit of the exponent, and its bias."""
    return (23, 127) if bits.kind == "i32" else (52, 1023)


def inverse_power_of_two(bits: Value) -> Value:
    """Return 2^-n from the bits of `rounded`."""
    place, bias = _exponent(bits)
    return ((bias << place) - (bits << place)).as_float()
