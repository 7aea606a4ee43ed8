"""The body of a loop as text: values, their types, constants."""

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
