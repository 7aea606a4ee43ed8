"""Kernels that gather by ids along any axis, and functions shared with scattering kernels."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import DType, Shape, Tensor
from chainrule.ops.scalars import as_int64, extension_of, type_of


def around(shape: Shape, axis: int) -> tuple[int, int]:
    """Return the number of elements before an axis, and after it."""
    return math.prod(shape[:axis]), math.prod(shape[axis + 1 :])


def added(f: IRFunction, dtype: DType, a: str, b: str) -> str:
    """Return the sum of two values; of bools the disjunction, as NumPy adds them."""
    operation = {"f": "fadd", "b": "or"}.get(dtype.kind, "add")
    return f.put(f"{operation} {type_of(dtype)} {a}, {b}")


def multiplied(f: IRFunction, dtype: DType, a: str, b: str) -> str:
    """Return the product of two values; of bools the conjunction, as NumPy multiplies them."""
    operation = {"f": "fmul", "b": "and"}.get(dtype.kind, "mul")
    return f.put(f"{operation} {type_of(dtype)} {a}, {b}")


def flat(f: IRFunction, row: str, width: str, column: str) -> str:
    """Return the flat index of an element in rows of `width` elements."""
    return f.put(f"add i64 {f.put(f'mul i64 {row}, {width}')}, {column}")


def loop_over(f: IRFunction, count: int, extent: str) -> AbstractContextManager[str]:
    """Loop to an extent; a count of one needs no loop."""
    return f.loop(extent) if count > 1 else nullcontext("0")


def checked_id(f: IRFunction, dtype: DType, ids: str, place: str, size: str) -> tuple[str, str]:
    """Load an id, flag its position if it is out of range; return it and whether it is not."""
    wide = as_int64(f, dtype, f.load(type_of(dtype), ids, place))
    fine = f.put(f"icmp ult i64 {wide}, {size}")
    outside = f.put(f"xor i1 {fine}, 1")
    with f.when(outside):
        f.do(f"store i64 {place}, ptr %p0")
    return wide, fine


def take(node: Tensor) -> GateKernel:
    """out[a, i, :] = x[a, ids[i], :]; threads divide the ids if there is one a."""
    x, ids = node.inputs
    before, after = around(x.shape, node.attributes["axis"])
    f = IRFunction(4, 4)
    kind = type_of(x.dtype)
    with loop_over(f, before, "%n1") as a, f.loop("%n0") as i:
        wide, fine = checked_id(f, ids.dtype, "%p2", i, "%n3")
        with f.when(fine):
            source = f.at(kind, "%p1", f.put(f"mul i64 {flat(f, a, '%n3', wide)}, %n2"))
            target = f.at(kind, "%p3", f.put(f"mul i64 {flat(f, a, '%n0', i)}, %n2"))
            with loop_over(f, after, "%n2") as j:
                f.store(kind, f.load(kind, source, j), target, j)
    size = x.shape[node.attributes["axis"]]
    parted = (0, 1, after) if before == 1 else ()
    return GateKernel(f.text(), (ids.size, before, after, size), checked=1, per_unit=parted)


def take_along(node: Tensor) -> GateKernel:
    """out[a, k, b] = x[a, ids[a, k, b], b]."""
    x, ids = node.inputs
    size = x.shape[node.attributes["axis"]]
    f = IRFunction(4, 4)
    kind = type_of(x.dtype)
    extents = along(node, ids.shape, size)
    with f.loop("%n0") as a, f.loop("%n1") as k, loop_over(f, extents[2], "%n2") as b:
        place = flat(f, flat(f, a, "%n1", k), "%n2", b)
        wide, fine = checked_id(f, ids.dtype, "%p2", place, "%n3")
        with f.when(fine):
            source = flat(f, flat(f, a, "%n3", wide), "%n2", b)
            f.store(kind, f.load(kind, "%p1", source), "%p3", place)
    _, picks, after, _ = extents
    parted = (size * after, picks * after, picks * after)
    return GateKernel(f.text(), extents, checked=1, per_unit=parted)


def along(node: Tensor, ids: Shape, size: int) -> Shape:
    """Return the extents before the axis, of ids along it, after it, and the size of the axis."""
    axis = node.attributes["axis"]
    before, after = around(ids, axis)
    return before, ids[axis], after, size


def first_occurrence(node: Tensor) -> GateKernel:
    """out[i] = the first j with ids[j] = ids[i], found with a hash table of positions."""
    (ids,) = node.inputs
    kind = type_of(ids.dtype)
    f = IRFunction(3, 2)
    with f.loop("%n0") as i:
        wide = as_int64(f, ids.dtype, f.load(kind, "%p0", i))
        slot = f.find_slot(kind, "%p0", wide, "%p2", "%n1", extension_of(ids.dtype))
        held = f.load("i64", "%p2", slot)
        empty = f.put(f"icmp slt i64 {held}, 0")
        first = f.put(f"select i1 {empty}, i64 {i}, i64 {held}")
        f.store("i64", first, "%p2", slot)
        f.store("i64", first, "%p1", i)
    slots = 1 << (2 * ids.size - 1).bit_length()
    return GateKernel(f.text(), (ids.size, slots - 1), cell_bytes=8 * slots)
