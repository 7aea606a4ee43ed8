"""The kernel of running totals; those of float32 numbers are accumulated in float64."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import added, around, flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import narrowed, widened
from chainrule.graph import DType, Tensor
from chainrule.ops.long_sums import wide
from chainrule.ops.scalars import literal, type_of


def running_total(node: Tensor) -> GateKernel:
    """out[a, j, :] = out[a, j - 1, :] + x[a, j, :], or from the end."""
    (x,) = node.inputs
    axis = node.attributes["axis"]
    before, after = around(x.shape, axis)
    each = x.shape[axis] * after
    extents, parted = (before, x.shape[axis], after), (each, each)
    if after == 1:
        return GateKernel(_of_rows(node), extents, per_unit=parted)
    room = after * wide(node.dtype).itemsize
    return GateKernel(_of_planes(node), extents, per_unit=parted, scratch_bytes=-(-room // 64) * 64)


def _of_rows(node: Tensor) -> str:
    """Sum along the last axis, in a register that starts as -0, the neutral element."""
    f, carried = IRFunction(2, 3), wide(node.dtype)
    with f.loop("%n0") as a:

        def further(j: str, total: str) -> list[str]:
            place = flat(f, a, "%n1", place_along(f, node, j))
            new = added(f, carried, total, _read(f, node, place, carried))
            _write(f, node, place, carried, new)
            return [new]

        f.fold("%n1", [(type_of(carried), literal(-0.0, carried))], further)
    return f.text()


def _of_planes(node: Tensor) -> str:
    """Sum along another axis: whole planes are added, so that the inner loop vectorises.

    The last pointer is scratch memory for the totals of one plane.
    """
    f, carried = IRFunction(3, 3), wide(node.dtype)
    kind = type_of(carried)
    with f.loop("%n0") as a, f.loop("%n1") as j:
        here = f.put(f"mul i64 {flat(f, a, '%n1', place_along(f, node, j))}, %n2")
        with f.when(f.put(f"icmp eq i64 {j}, 0")), f.loop("%n2") as b:
            f.store(kind, literal(-0.0, carried), "%p2", b)
        with f.loop("%n2") as b:
            place = f.put(f"add i64 {here}, {b}")
            term = _read(f, node, place, carried)
            new = added(f, carried, f.load(kind, "%p2", b), term)
            f.store(kind, new, "%p2", b)
            _write(f, node, place, carried, new)
    return f.text()


def place_along(f: IRFunction, node: Tensor, j: str) -> str:
    """Return the index along the axis of iteration `j`."""
    if not node.attributes.get("reverse"):
        return j
    return f.put(f"sub i64 {f.put('sub i64 %n1, 1')}, {j}")


def _read(f: IRFunction, node: Tensor, place: str, carried: DType) -> str:
    """Load an element of the input in the dtype of the totals."""
    (x,) = node.inputs
    return widened(f, f.load(type_of(x.dtype), "%p0", place), x.dtype, carried)


def _write(f: IRFunction, node: Tensor, place: str, carried: DType, value: str) -> None:
    """Store a total in the dtype of the output."""
    f.store(type_of(node.dtype), narrowed(f, value, carried, node.dtype), "%p1", place)
