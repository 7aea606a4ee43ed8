"""Kernels that reduce scattered values into a copy of a tensor: maximum, minimum, product."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import along, checked_id, flat, loop_over
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import Reduction, extreme
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import type_of


def scatter_extreme(which: str) -> KernelMaker:
    """Return the maker of a scattered max ("gt") or min ("lt")."""
    return lambda node: _reduced(node, extreme(which))


def scatter_product(node: Tensor) -> GateKernel:
    """out = x; out[a, ids[a, k, b], b] *= values[a, k, b]."""

    def combine(f: IRFunction, dtype: DType, a: str, b: str) -> str:
        return f.put(f"{'fmul' if dtype.kind == 'f' else 'mul'} {type_of(dtype)} {a}, {b}")

    return _reduced(node, Reduction(lambda dtype: 1, combine))


def _reduced(node: Tensor, how: Reduction) -> GateKernel:
    """Copy x, then combine with one value after the other."""
    x, _, ids = node.inputs
    extents = along(node, ids.shape, x.shape[node.attributes["axis"]])
    _, picks, after, size = extents
    f, kind = IRFunction(5, 4), type_of(x.dtype)
    count = f.put("mul i64 %n0, %n3")
    nbytes = f.put(f"mul i64 {f.put(f'mul i64 {count}, %n2')}, {x.dtype.itemsize}")
    f.do(f"call void @llvm.memcpy.p0.p0.i64(ptr %p4, ptr %p1, i64 {nbytes}, i1 false)")
    with f.loop("%n0") as a, f.loop("%n1") as k, loop_over(f, after, "%n2") as b:
        place = flat(f, flat(f, a, "%n1", k), "%n2", b)
        found, fine = checked_id(f, ids.dtype, "%p3", place, "%n3")
        with f.when(fine):
            target = flat(f, flat(f, a, "%n3", found), "%n2", b)
            held, value = f.load(kind, "%p4", target), f.load(kind, "%p2", place)
            f.store(kind, how.combine(f, x.dtype, held, value), "%p4", target)
    parted = (size * after, picks * after, picks * after, size * after)
    return GateKernel(f.text(), extents, checked=2, per_unit=parted)
