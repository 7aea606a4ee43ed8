"""Kernels of argmax and argmin; NaN is the extreme of every row it is in, as in NumPy."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import around, flat, loop_over
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import SHORT, extreme
from chainrule.compile.kernels.row_extremes import RowExtremes, lanes_of
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import order_of, type_of


def positions(which: str) -> KernelMaker:
    """Return the maker of argmax ("gt") or argmin ("lt"); of equal elements the first counts."""

    def make(node: Tensor) -> GateKernel:
        (x,) = node.inputs
        axis = node.attributes["axis"]
        before, after = around(x.shape, axis)
        size = x.shape[axis]
        parted = (size * after, after)
        if size <= SHORT:
            text = _short(x.dtype, which, size, after)
        else:
            text = _row(x.dtype, which, size) if after == 1 else _planes(x.dtype, which)
        return GateKernel(text, (before, after, size), per_unit=parted)

    return make


def wins(f: IRFunction, dtype: DType, which: str, each: str, best: str) -> str:
    """Return whether an element replaces an earlier one: it is better, or it is the first NaN."""
    kind = type_of(dtype)
    if dtype.kind != "f":
        return f.put(f"icmp {order_of(dtype)}{which} {kind} {each}, {best}")
    better = f.put(f"fcmp u{which} {kind} {each}, {best}")
    clean = f.put(f"fcmp ord {kind} {best}, {best}")
    return f.put(f"and i1 {better}, {clean}")


def _short(dtype: DType, which: str, size: int, after: int) -> str:
    """Keep all elements of a row in registers, and compute many rows at a time."""
    f, kind = IRFunction(2, 3), type_of(dtype)

    with f.loop("%n0") as a, loop_over(f, after, "%n1") as b:
        row = f.put(f"mul i64 {a}, {size}")

        def read(j: int) -> str:
            at = f.put(f"add i64 {row}, {j}")
            return f.load(kind, "%p0", flat(f, at, "%n1", b) if after > 1 else at)

        best, place = read(0), "0"
        for j in range(1, size):
            each = read(j)
            better = wins(f, dtype, which, each, best)
            best = f.put(f"select i1 {better}, {kind} {each}, {kind} {best}")
            place = f.put(f"select i1 {better}, i64 {j}, i64 {place}")
        f.store("i64", place, "%p1", flat(f, a, "%n1", b) if after > 1 else a)
    return f.text()


def _row(dtype: DType, which: str, size: int) -> str:
    """Compute the extreme of a row, then the first position of an equal element, or of NaN."""
    f = IRFunction(2, 3)
    worst = extreme(which).neutral(dtype)
    with f.loop("%n0") as a:
        start = f.put(f"mul i64 {a}, %n2")
        row = RowExtremes(f, dtype, which, lanes_of(dtype, size), start, "%n2")
        f.store("i64", row.first(row.extreme(worst, pauses=True)), "%p1", a)
    return f.text()


def _planes(dtype: DType, which: str) -> str:
    """Reduce another axis than the last: compare planes in the order of memory."""
    f, kind = IRFunction(2, 3), type_of(dtype)
    with f.loop("%n0") as a:
        out = f.at("i64", "%p1", f.put(f"mul i64 {a}, %n1"))
        x = f.at(kind, "%p0", f.put(f"mul i64 {a}, {f.put('mul i64 %n1, %n2')}"))
        with f.loop("%n1") as b:
            f.store("i64", "0", out, b)
        with f.loop("%n2") as j, f.loop("%n1") as b:
            held, each = f.load("i64", out, b), f.load(kind, x, flat(f, j, "%n1", b))
            better = wins(f, dtype, which, each, f.load(kind, x, flat(f, held, "%n1", b)))
            f.store("i64", f.put(f"select i1 {better}, i64 {j}, i64 {held}"), out, b)
    return f.text()
