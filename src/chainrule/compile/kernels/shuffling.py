"""The kernel of random permutations."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Tensor


def shuffled(node: Tensor) -> GateKernel:
    """Position i takes the place of a random earlier one, which moves to place i."""
    f = IRFunction(2, 1)
    with f.loop("%n0") as i:
        places = f.put(f"add i64 {i}, 1")
        j = f.put(f"urem i64 {f.load('i64', '%p0', i)}, {places}")
        f.store("i64", f.load("i64", "%p1", j), "%p1", i)
        f.store("i64", i, "%p1", j)
    return GateKernel(f.text(), (node.size,))
