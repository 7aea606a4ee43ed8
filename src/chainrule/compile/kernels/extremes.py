"""Kernels of argmax and argmin; NaN is the extreme of every row it is in, as in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import around, flat, loop_over
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import SHORT, extreme
from chainrule.compile.kernels.row_extremes import RowExtremes, lanes_of
from chainrule.compile.kernels.row_groups import in_groups
from chainrule.compile.kernels.vectors import block_count
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import order_of, type_of

_COLUMNS = 256  # whose extremes and positions, 2 to 4 KB, stay in the first cache


def positions(which: str) -> KernelMaker:
    """Return the maker of argmax ("gt") or argmin ("lt"); of equal elements the first counts."""

    def make(node: Tensor) -> GateKernel:
        (x,) = node.inputs
        axis = node.attributes["axis"]
        before, after = around(x.shape, axis)
        size = x.shape[axis]
        extents, parted = (before, after, size), (size * after, after)
        if size <= SHORT:
            return GateKernel(_short(x.dtype, which, size, after), extents, per_unit=parted)
        if after == 1:
            return GateKernel(_row(x.dtype, which, size), extents, per_unit=parted)
        text = _planes(x.dtype, which, size, has_matrices=before > 1)
        if before > 1:
            return GateKernel(text, (before, size, after), per_unit=parted)
        return GateKernel(text, (after, size, after), per_unit=(1, 1), elements=x.size)

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


def _planes(dtype: DType, which: str, size: int, *, has_matrices: bool) -> str:
    """Reduce another axis than the last, a few columns at a time, whose extremes are in the cache.

    has_matrices  whether the first extent counts matrices, not the columns of one matrix
    """
    f, kind, place = IRFunction(2, 3), type_of(dtype), _place_type(dtype, size)
    best, places = (f.cell(f"[{_COLUMNS} x {each}]") for each in (kind, place))

    def reduce(matrix: str, out: str, columns: str, width: str) -> None:
        with f.loop(block_count(f, columns, _COLUMNS)) as block:
            first = f.put(f"mul i64 {block}, {_COLUMNS}")
            left = f.put(f"sub i64 {columns}, {first}")
            count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_COLUMNS})")
            x = f.at(kind, matrix, first)
            with f.loop(count) as c:
                f.store(kind, f.load(kind, x, c), best, c)
                f.store(place, "0", places, c)
            in_groups(f, size, "%n1", compared(x, count, width), repeats=True)
            with f.loop(count) as c:
                found = f.load(place, places, c)
                wide = found if place == "i64" else f.put(f"zext {place} {found} to i64")
                f.store("i64", wide, f.at("i64", out, first), c)

    def compared(x: str, count: str, width: str) -> Callable[[Sequence[str]], None]:
        def compare(group: Sequence[str]) -> None:
            rows = [f.at(kind, x, f.put(f"mul i64 {row}, {width}")) for row in group]
            numbers = [row if place == "i64" else f.put(f"trunc i64 {row} to i32") for row in group]
            with f.loop(count) as c:
                held, found = f.load(kind, best, c), f.load(place, places, c)
                for number, row in zip(numbers, rows, strict=True):
                    each = f.load(kind, row, c)
                    better = wins(f, dtype, which, each, held)
                    held = f.put(f"select i1 {better}, {kind} {each}, {kind} {held}")
                    found = f.put(f"select i1 {better}, {place} {number}, {place} {found}")
                f.store(kind, held, best, c)
                f.store(place, found, places, c)

        return compare

    if not has_matrices:
        reduce("%p0", "%p1", "%n0", "%n2")
        return f.text()
    with f.loop("%n0") as a:
        matrix = f.at(kind, "%p0", f.put(f"mul i64 {a}, {f.put('mul i64 %n1, %n2')}"))
        reduce(matrix, f.at("i64", "%p1", f.put(f"mul i64 {a}, %n2")), "%n2", "%n2")
    return f.text()


def _place_type(dtype: DType, size: int) -> str:
    """Return the type of positions along an axis, as wide as the elements if that is enough."""
    return "i32" if dtype.itemsize <= 4 and size < 1 << 31 else "i64"
