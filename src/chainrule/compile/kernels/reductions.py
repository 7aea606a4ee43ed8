"""Kernels that reduce any axes: max, min, and sums of integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import added, flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.row_extremes import RowExtremes, lanes_of
from chainrule.compile.kernels.row_groups import in_groups
from chainrule.graph import DType, Shape, Tensor, is_integer
from chainrule.ops.scalars import literal, order_of, type_of

SHORT = 16  # elements of a row that is kept in registers, many rows at a time
Flags = tuple[bool, ...]


@dataclass(frozen=True)
class Reduction:
    """An associative operation on two elements, and its neutral element.

    neutral  (dtype) -> the neutral element
    combine  (function, dtype, a, b) -> the name of the combined value
    row      (function, dtype, start, count, size) -> the name of the value of `count` consecutive
             elements, at least `size`, if there is a better way than to combine one by one
    repeats  whether an element may be combined twice
    """

    neutral: Callable[[DType], float]
    combine: Callable[[IRFunction, DType, str, str], str]
    row: Callable[[IRFunction, DType, str, str, int], str] | None = None
    repeats: bool = False


def alternating(shape: Shape, axes: tuple[int, ...]) -> tuple[Shape, Flags]:
    """Return the fewest extents that describe a reduction, and which of them are reduced."""
    extents: list[int] = []
    flags: list[bool] = []
    for axis, extent in enumerate(shape):
        reduced = axis in axes
        if extent == 1:
            continue
        if flags and flags[-1] == reduced:
            extents[-1] *= extent
        else:
            extents.append(extent)
            flags.append(reduced)
    return (tuple(extents), tuple(flags)) if flags else ((1,), (False,))


def widened(f: IRFunction, value: str, old: DType, new: DType) -> str:
    """Return a value in a wider dtype of its kind, a bool as an integer."""
    if old == new:
        return value
    operation = {"b": "zext", "u": "zext", "i": "sext", "f": "fpext"}[old.kind]
    return f.put(f"{operation} {type_of(old)} {value} to {type_of(new)}")


def narrowed(f: IRFunction, value: str, old: DType, new: DType) -> str:
    """Return a float rounded to a narrower dtype; other values unchanged."""
    if old == new:
        return value
    return f.put(f"fptrunc {type_of(old)} {value} to {type_of(new)}")


def extreme(which: str) -> Reduction:
    """Return the operation max ("gt") or min ("lt"); NaN is the extreme, as in NumPy."""

    def combine(f: IRFunction, dtype: DType, a: str, b: str) -> str:
        kind = type_of(dtype)
        if dtype.kind == "f":
            name = "maximum" if which == "gt" else "minimum"
            bits = 8 * dtype.itemsize
            return f.put(f"call nsz {kind} @llvm.{name}.f{bits}({kind} {a}, {kind} {b})")
        flag = f.put(f"icmp {order_of(dtype)}{which} {kind} {a}, {b}")
        return f.put(f"select i1 {flag}, {kind} {a}, {kind} {b}")

    neutral = lowest if which == "gt" else highest

    def row(f: IRFunction, dtype: DType, start: str, count: str, size: int) -> str:
        if size <= SHORT:
            return folded(f, dtype, dtype, Reduction(neutral, combine), start, count)
        lanes = lanes_of(dtype, size)
        return RowExtremes(f, dtype, which, lanes, start, count).extreme(neutral(dtype))

    return Reduction(neutral, combine, row, repeats=True)


def extreme_of_numbers(which: str) -> Reduction:
    """Return the operation max ("gt") or min ("lt") of floats that ignores NaN.

    If the extreme of a row is the neutral element of the plain operation, the row is read again:
    numbers may be infinite, or missing.
    """
    name = "max" if which == "gt" else "min"

    def combine(f: IRFunction, dtype: DType, a: str, b: str) -> str:
        kind = type_of(dtype)
        return f.put(f"call {kind} @llvm.{name}num.f{8 * dtype.itemsize}({kind} {a}, {kind} {b})")

    def row(f: IRFunction, dtype: DType, start: str, count: str, size: int) -> str:
        if size <= SHORT:
            return folded(f, dtype, dtype, Reduction(neutral, combine), start, count)
        kind, worst = type_of(dtype), extreme(which).neutral(dtype)
        rows = RowExtremes(f, dtype, which, lanes_of(dtype, size), start, count, numbers=True)
        result, best = f.cell(kind), rows.extreme(worst)
        f.do(f"store {kind} {best}, ptr {result}")
        is_worst = f.put(f"fcmp oeq {kind} {best}, {literal(worst, dtype)}")
        with f.when(is_worst, rarely=True):
            again = folded(f, dtype, dtype, Reduction(neutral, combine), start, count)
            f.do(f"store {kind} {again}, ptr {result}")
        return f.put(f"load {kind}, ptr {result}")

    def neutral(dtype: DType) -> float:
        return math.nan

    return Reduction(neutral, combine, row, repeats=True)


def lowest(dtype: DType) -> float:
    """Return the smallest value of a dtype."""
    if dtype.kind == "f":
        return -math.inf
    return 0 if dtype.kind == "b" else int(np.iinfo(dtype).min)


def highest(dtype: DType) -> float:
    """Return the largest value of a dtype."""
    if dtype.kind == "f":
        return math.inf
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def largest(which: str) -> KernelMaker:
    """Return the maker of max ("gt") or min ("lt")."""
    return lambda node: _reduced(node, extreme(which))


def largest_number(which: str) -> KernelMaker:
    """Return the maker of the largest ("gt") or smallest ("lt") number beside NaN."""
    return lambda node: _reduced(node, extreme_of_numbers(which))


def is_extreme_of_rows(node: Tensor) -> bool:
    """Return whether a gate is the max or min of consecutive elements, of more than a few."""
    if template_of(node) not in ("max", "min"):
        return False
    extents, flags = alternating(node.inputs[0].shape, node.attributes["axis"])
    return flags[-1] and extents[-1] > SHORT


def integer_total(node: Tensor) -> GateKernel:
    """Return the kernel of a sum of bools or integers, in int64."""
    return _reduced(node, Reduction(lambda dtype: 0, added))


def is_integer_total(node: Tensor) -> bool:
    """Return whether a sum is one of bools or integers."""
    return is_integer(node.dtype)


def _reduced(node: Tensor, how: Reduction) -> GateKernel:
    """Return the kernel of a reduction, chosen by which axes are reduced."""
    (x,) = node.inputs
    extents, flags = alternating(x.shape, node.attributes["axis"])
    each = extents[0]
    parted = () if flags[0] else (x.size // each, node.size // each)
    if flags == (False, True) and extents[1] <= SHORT:
        return GateKernel(_short_rows(node, how, extents[1]), extents[:1], per_unit=parted)
    if flags in ((True,), (False, True)):
        return GateKernel(_rows(node, how, flags), extents, per_unit=parted)
    if flags == (True, False):
        sizes = (extents[1], *extents)
        text = _columns(node, how, extents[0])
        return GateKernel(text, sizes, per_unit=(1, 1), elements=x.size)
    if flags == (False, True, False):
        text = _matrices(node, how, extents[1])
        return GateKernel(text, extents, per_unit=parted)
    return GateKernel(_anywhere(node, how, flags), (*extents, node.size))


def _short_rows(node: Tensor, how: Reduction, width: int) -> str:
    """out[r] from x[r, 0], x[r, 1], ..., all in registers."""
    f = IRFunction(2, 1)
    with f.loop("%n0") as r:
        first = f.put(f"mul i64 {r}, {width}")
        best = _element(f, node, first)
        for j in range(1, width):
            each = _element(f, node, f.put(f"add i64 {first}, {j}"))
            best = how.combine(f, node.dtype, best, each)
        f.store(type_of(node.dtype), best, "%p1", r)
    return f.text()


def _rows(node: Tensor, how: Reduction, flags: Flags) -> str:
    """out[r] from the row x[r, :]; without rows, from all of x."""
    f = IRFunction(2, len(flags))
    if flags == (True,):
        f.store(type_of(node.dtype), _folded(f, node, how, "0", "%n0"), "%p1", "0")
        return f.text()
    with f.loop("%n0") as r:
        best = _folded(f, node, how, f.put(f"mul i64 {r}, %n1"), "%n1")
        f.store(type_of(node.dtype), best, "%p1", r)
    return f.text()


def _folded(f: IRFunction, node: Tensor, how: Reduction, start: str, count: str) -> str:
    """Reduce `count` consecutive elements of the input."""
    if how.row is not None:
        return how.row(f, node.dtype, start, count, _length(node))
    return folded(f, node.inputs[0].dtype, node.dtype, how, start, count)


def _length(node: Tensor) -> int:
    """Return the number of consecutive elements that are reduced together."""
    (x,) = node.inputs
    extents, _ = alternating(x.shape, node.attributes["axis"])
    return extents[-1]


def folded(f: IRFunction, old: DType, new: DType, how: Reduction, start: str, count: str) -> str:
    """Reduce `count` consecutive elements in a register of the dtype `new`."""

    def further(j: str, best: str) -> list[str]:
        each = f.load(type_of(old), "%p0", f.put(f"add i64 {start}, {j}"))
        return [how.combine(f, new, best, widened(f, each, old, new))]

    return f.fold(count, [(type_of(new), literal(how.neutral(new), new))], further)[0]


def _columns(node: Tensor, how: Reduction, rows: int) -> str:
    """out[c] from the columns x[:, c]: %n0 columns of %n1 rows that have %n2 elements."""
    f = IRFunction(2, 3)
    _combine_rows(f, node, how, ("%p0", "%p1"), ("%n1", "%n0", "%n2"), rows)
    return f.text()


def _matrices(node: Tensor, how: Reduction, rows: int) -> str:
    """out[a, c] from the columns x[a, :, c]."""
    f, (x,) = IRFunction(2, 3), node.inputs
    with f.loop("%n0") as a:
        size = f.put("mul i64 %n1, %n2")
        matrix = f.at(type_of(x.dtype), "%p0", f.put(f"mul i64 {a}, {size}"))
        out = f.at(type_of(node.dtype), "%p1", f.put(f"mul i64 {a}, %n2"))
        _combine_rows(f, node, how, (matrix, out), ("%n1", "%n2", "%n2"), rows)
    return f.text()


def _combine_rows(
    f: IRFunction,
    node: Tensor,
    how: Reduction,
    places: tuple[str, str],
    extents: tuple[str, str, str],
    rows: int,
) -> None:
    """Combine the rows of a matrix, in the order of memory.

    places   the addresses of the matrix and of the result
    extents  the number of rows, of columns, and of elements from one row to the next
    """
    (matrix, out), (count, columns, width) = places, extents
    kind = type_of(node.dtype)
    with f.loop(columns) as c:
        f.store(kind, literal(how.neutral(node.dtype), node.dtype), out, c)

    def combine(group: Sequence[str]) -> None:
        source = type_of(node.inputs[0].dtype)
        places = [f.at(source, matrix, f.put(f"mul i64 {row}, {width}")) for row in group]
        with f.loop(columns) as c:
            best = f.load(kind, out, c)
            for each in places:
                best = how.combine(f, node.dtype, best, _element(f, node, c, each))
            f.store(kind, best, out, c)

    in_groups(f, rows, count, combine, repeats=how.repeats)


def _anywhere(node: Tensor, how: Reduction, flags: Flags) -> str:
    """Reduce any axes: read x in the order of memory, and combine with a neutral output.

    The last extent of the kernel is the size of the output.
    """
    f, kind = IRFunction(2, len(flags) + 1), type_of(node.dtype)
    with f.loop(f"%n{len(flags)}") as i:
        f.store(kind, literal(how.neutral(node.dtype), node.dtype), "%p1", i)

    def over(axis: int, read: str, write: str) -> None:
        reduced, extent = flags[axis], f"%n{axis}"
        if axis == len(flags) - 1 and reduced:
            best = _folded(f, node, how, f.put(f"mul i64 {read}, {extent}"), extent)
            both = how.combine(f, node.dtype, f.load(kind, "%p1", write), best)
            f.store(kind, both, "%p1", write)
            return
        with f.loop(extent) as i:
            at, to = flat(f, read, extent, i), write if reduced else flat(f, write, extent, i)
            if axis < len(flags) - 1:
                over(axis + 1, at, to)
                return
            both = how.combine(f, node.dtype, f.load(kind, "%p1", to), _element(f, node, at))
            f.store(kind, both, "%p1", to)

    over(0, "0", "0")
    return f.text()


def _element(f: IRFunction, node: Tensor, place: str, base: str = "%p0") -> str:
    """Load an element of the input in the dtype of the output."""
    (x,) = node.inputs
    return widened(f, f.load(type_of(x.dtype), base, place), x.dtype, node.dtype)
