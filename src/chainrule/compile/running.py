"""The kernel of running totals."""

from __future__ import annotations

from chainrule.compile.function import Function
from chainrule.compile.gathering import added, around, flat
from chainrule.compile.reductions import widened
from chainrule.compile.rowkernel import RowKernel
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of


def running_total(node: Tensor) -> RowKernel | None:
    """out[a, j, :] = out[a, j - 1, :] + x[a, j, :], or from the end."""
    (x,) = node.inputs
    axis = node.attributes["axis"]
    before, after = around(x.shape, axis)
    text = _of_rows(node) if after == 1 else _of_planes(node)
    each = x.shape[axis] * after
    return RowKernel(text, (before, x.shape[axis], after), parted=(each, each))


def _of_rows(node: Tensor) -> str:
    """The last axis: the total so far stays in a register, -0 at first, which changes nothing."""
    f, kind = Function(2, 3), type_of(node.dtype)
    with f.loop("%n0") as a:

        def further(j: str, total: str) -> list[str]:
            place = flat(f, a, "%n1", _place(f, node, j))
            new = added(f, node.dtype, total, _read(f, node, place))
            f.store(kind, new, "%p1", place)
            return [new]

        f.fold("%n1", [(kind, literal(-0.0, node.dtype))], further)
    return f.text()


def _of_planes(node: Tensor) -> str:
    """Another axis: what stands beside each other is added up beside each other."""
    f, kind = Function(2, 3), type_of(node.dtype)
    with f.loop("%n0") as a, f.loop("%n1") as j:
        here = f.put(f"mul i64 {flat(f, a, '%n1', _place(f, node, j))}, %n2")
        step = "%n2" if node.attributes["reverse"] else f.put("sub i64 0, %n2")
        last = f.put(f"add i64 {here}, {step}")
        with f.when(f.put(f"icmp eq i64 {j}, 0")), f.loop("%n2") as b:
            place = f.put(f"add i64 {here}, {b}")
            f.store(kind, _read(f, node, place), "%p1", place)
        with f.when(f.put(f"icmp ne i64 {j}, 0")), f.loop("%n2") as b:
            place = f.put(f"add i64 {here}, {b}")
            total = f.load(kind, "%p1", f.put(f"add i64 {last}, {b}"))
            f.store(kind, added(f, node.dtype, total, _read(f, node, place)), "%p1", place)
    return f.text()


def _place(f: Function, node: Tensor, j: str) -> str:
    """Return which element along the axis comes at turn `j`."""
    if not node.attributes["reverse"]:
        return j
    return f.put(f"sub i64 {f.put('sub i64 %n1, 1')}, {j}")


def _read(f: Function, node: Tensor, place: str) -> str:
    (x,) = node.inputs
    return widened(f, f.load(type_of(x.dtype), "%p0", place), x.dtype, node.dtype)
