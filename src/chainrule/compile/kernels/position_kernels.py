"""Kernels of index positions: ids counted from the front, positions of true elements."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Tensor
from chainrule.ops.scalars import as_int64, type_of


def count_from_front(node: Tensor) -> GateKernel:
    """out[i] = ids[i], plus the size if it is negative; ids out of range are refused."""
    (ids,) = node.inputs
    f, kind = IRFunction(3, 2), type_of(node.dtype)
    with f.loop("%n0") as i:
        wide = as_int64(f, ids.dtype, f.load(type_of(ids.dtype), "%p1", i))
        moved = f.put(f"add i64 {wide}, %n1")
        negative = f.put(f"icmp slt i64 {wide}, 0")
        id_ = f.put(f"select i1 {negative}, i64 {moved}, i64 {wide}")
        with f.when(f.put(f"icmp uge i64 {id_}, %n1")):
            f.do(f"store i64 {i}, ptr %p0")
        f.store(kind, id_ if kind == "i64" else f.put(f"trunc i64 {id_} to {kind}"), "%p2", i)
    return GateKernel(f.text(), (node.size, node.attributes["size"]), checked=0)


def true_positions(node: Tensor) -> GateKernel:
    """out[k] = the position of the true element number k; another number of them is refused."""
    f = IRFunction(3, 2)

    def counted(i: str, count: str) -> Sequence[str]:
        true = f.put(f"icmp ne i8 {f.load('i8', '%p1', i)}, 0")
        room = f.put(f"icmp slt i64 {count}, %n1")
        with f.when(f.put(f"and i1 {true}, {room}")):
            f.store("i64", i, "%p2", count)
        return [f.put(f"add i64 {count}, {f.put(f'zext i1 {true} to i64')}")]

    (total,) = f.fold("%n0", [("i64", "0")], counted)
    with f.when(f.put(f"icmp ne i64 {total}, %n1")):
        f.do("store i64 0, ptr %p0")
    return GateKernel(f.text(), (node.inputs[0].size, node.size), checked=0)
