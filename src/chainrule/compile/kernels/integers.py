"""Products and powers of integers, which wrap around as in NumPy."""

from __future__ import annotations

import math

from chainrule.compile.gates.matrix_products import lead_of
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Tensor, is_integer
from chainrule.ops.scalars import type_of


def integer_product(node: Tensor) -> GateKernel:
    """out[t, i, :] += a[t, i, l] b[t, l, :]; a vector is one row, or one column.

    Leading axes are equal, or one operand has none and is the same for all t.
    """
    a, b = node.inputs
    lead = lead_of(node)
    m, inner = (a.shape[-2] if a.ndim > 1 else 1), a.shape[-1]
    columns = b.shape[-1] if b.ndim > 1 else 1
    steps = (m * inner if a.ndim > 2 else 0, inner * columns if b.ndim > 2 else 0)
    extents = (math.prod(lead), m, columns, inner, *steps)
    return GateKernel(_product_text(node), extents, cleared=True)


def is_integer_product(node: Tensor) -> bool:
    """Return whether a product is of integers, its leading axes equal or missing."""
    lead = lead_of(node)
    fits = all(each.ndim <= 2 or each.shape[:-2] == lead for each in node.inputs)
    return is_integer(node.dtype) and fits


def _product_text(node: Tensor) -> str:
    """Write the loops of a product of integers."""
    f, kind = IRFunction(3, 6), type_of(node.dtype)
    with f.loop("%n0") as t:
        left = f.at(kind, "%p0", f.put(f"mul i64 {t}, %n4"))
        right = f.at(kind, "%p1", f.put(f"mul i64 {t}, %n5"))
        with f.loop("%n1") as i, f.loop("%n3") as inner:
            factor = f.load(kind, left, flat(f, i, "%n3", inner))
            row = f.at(kind, "%p2", f.put(f"mul i64 {flat(f, t, '%n1', i)}, %n2"))
            others = f.at(kind, right, f.put(f"mul i64 {inner}, %n2"))
            with f.loop("%n2") as j:
                term = f.put(f"mul {kind} {factor}, {f.load(kind, others, j)}")
                f.store(kind, f.put(f"add {kind} {f.load(kind, row, j)}, {term}"), row, j)
    return f.text()


def integer_power(node: Tensor) -> GateKernel:
    """out[i] = base[i]^exponent[i] by squaring; an exponent below 0 is refused, as by NumPy."""
    f, kind = IRFunction(4, 1), type_of(node.dtype)

    def signs(i: str, before: str) -> list[str]:
        return [f.put(f"or {kind} {before}, {f.load(kind, '%p2', i)}")]

    if node.dtype.kind == "i":
        (found,) = f.fold("%n0", [(kind, "0")], signs)
        with f.when(f.put(f"icmp slt {kind} {found}, 0")):
            f.do("store i64 0, ptr %p0")
    with f.loop("%n0") as i:
        base, power = f.load(kind, "%p1", i), f.load(kind, "%p2", i)
        f.store(kind, _squared(f, kind, base, power), "%p3", i)
    return GateKernel(f.text(), (node.size,), per_unit=(1, 1, 1), checked=1)


def is_integer_power(node: Tensor) -> bool:
    """Return whether a power is of integers of one shape."""
    base, exponent = node.inputs
    return is_integer(node.dtype) and base.shape == exponent.shape


def _squared(f: IRFunction, kind: str, base: str, exponent: str) -> str:
    """Multiply the repeated squares of `base` that belong to the set bits of the exponent.

    All bits are written out, so that the loop around them vectorises.
    """
    result, square, count = "1", base, int(kind.removeprefix("i"))
    for bit in range(count):
        if bit:
            square = f.put(f"mul {kind} {square}, {square}")
        is_set = f.put(f"icmp ne {kind} {f.put(f'and {kind} {exponent}, {1 << bit}')}, 0")
        factor = f.put(f"select i1 {is_set}, {kind} {square}, {kind} 1")
        result = factor if result == "1" else f.put(f"mul {kind} {result}, {factor}")
    return result
