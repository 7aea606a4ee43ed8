"""Writes kernels whose numbers have names, with vectors of one dtype."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.vectors import VECTOR_BYTES, broadcast_vector, masked_store
from chainrule.graph import DType
from chainrule.ops.scalars import literal, type_of


class BlockWriter(IRFunction):
    """A kernel called with pointers %p0, %p1, ... and the numbers of `names`.

    numbers  the name of each number in the text
    """

    def __init__(self, pointers: int, names: Sequence[str], dtype: DType) -> None:
        super().__init__(pointers, len(names), explicit=True)
        self.numbers = {name: f"%n{i}" for i, name in enumerate(names)}
        self.dtype, self.kind = dtype, type_of(dtype)
        self.lanes = VECTOR_BYTES // dtype.itemsize
        self.vector = f"<{self.lanes} x {self.kind}>"
        self.suffix = f"v{self.lanes}f{8 * dtype.itemsize}"

    def __getitem__(self, name: str) -> str:
        return self.numbers[name]

    def plus(self, *terms: str | int) -> str:
        """Return the sum of integers."""
        return self._folded("add", terms)

    def times(self, *factors: str | int) -> str:
        """Return the product of integers."""
        return self._folded("mul", factors)

    def smaller(self, a: str, b: str | int) -> str:
        """Return the smaller one of two signed integers."""
        return self.put(f"call i64 @llvm.smin.i64(i64 {a}, i64 {b})")

    def _folded(self, operation: str, operands: Sequence[str | int]) -> str:
        total = str(operands[0])
        for each in operands[1:]:
            total = self.put(f"{operation} i64 {total}, {each}")
        return total

    def place(self, base: str, *terms: str | int) -> str:
        """Return the address of an element: the base, and a sum of indices."""
        return self.at(self.kind, base, self.plus(*terms))

    def read(self, address: str) -> str:
        """Load a vector from aligned memory."""
        return self.put(f"load {self.vector}, ptr {address}")

    def write(self, value: str, address: str) -> None:
        """Store a vector to aligned memory."""
        self.do(f"store {self.vector} {value}, ptr {address}")

    def repeated(self, value: str) -> str:
        """Return a vector with the same value in all lanes."""
        return broadcast_vector(self, self.lanes, self.kind, value)

    def constant(self, number: float) -> str:
        """Return a vector of one number."""
        one = f"{self.kind} {literal(number, self.dtype)}"
        return "<" + ", ".join([one] * self.lanes) + ">"

    def combined(self, operation: str, a: str, b: str) -> str:
        """Return the result of an arithmetic operation on two vectors."""
        return self.put(f"{operation} {self.vector} {a}, {b}")

    def larger(self, a: str, b: str) -> str:
        """Return the larger elements of two vectors; `b` where `a` is NaN."""
        return self.chosen(self.compared("ogt", a, b), a, b)

    def compared(self, order: str, a: str, b: str) -> str:
        """Return the flags of a comparison of two vectors."""
        return self.put(f"fcmp {order} {self.vector} {a}, {b}")

    def chosen(self, flags: str, a: str, b: str) -> str:
        """Return the elements of `a` where a flag is set, else those of `b`."""
        kinds = f"<{self.lanes} x i1> {flags}, {self.vector} {a}, {self.vector} {b}"
        return self.put(f"select {kinds}")

    def multiplied_and_added(self, a: str, b: str, c: str) -> str:
        """Return a · b + c, rounded once."""
        operands = ", ".join(f"{self.vector} {each}" for each in (a, b, c))
        return self.put(f"call {self.vector} @llvm.fma.{self.suffix}({operands})")

    def function(self, name: str, x: str) -> str:
        """Return the values of an elementary function."""
        return self.put(f"call {self.vector} @{name}.{self.suffix}({self.vector} {x})")

    def write_lanes(self, value: str, address: str, mask: str) -> None:
        """Store the lanes of a mask to memory of any alignment."""
        masked_store(self, self.dtype, value, address, mask)
