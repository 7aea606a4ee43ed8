"""The kernel of a binary search in sorted rows."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.vectors import block_count
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import type_of

BLOCK = 512
"""Values that are searched together, so that their positions stay in the cache."""


def search_sorted(node: Tensor) -> GateKernel:
    """out[r, i] = the number of elements of the row that come before value [r, i].

    Positions grow by powers of two, from the largest to 1. All values of a block take a step of one
    length together, so that the loop over them vectorises.
    """
    ordered, values = node.inputs
    rows = 1 if ordered.ndim == 1 else values.size // values.shape[-1]
    columns, size = values.size // rows, ordered.shape[-1]
    f, kind = IRFunction(3, 4), type_of(ordered.dtype)
    blocks = block_count(f, "%n1", BLOCK)
    with f.loop("%n0") as r:
        row = f.at(kind, "%p0", f.put(f"mul i64 {r}, %n2"))
        with f.loop(blocks) as block:
            first = f.put(f"mul i64 {block}, {BLOCK}")
            left = f.put(f"sub i64 %n1, {first}")
            count = f.put(f"call i64 @llvm.smin.i64(i64 {left}, i64 {BLOCK})")
            place = flat(f, r, "%n1", first)
            value, out = f.at(kind, "%p1", place), f.at("i64", "%p2", place)
            with f.loop(count) as i:
                f.store("i64", "0", out, i)
            with f.loop("%n3") as turn:
                bits = f.put(f"sub i64 {f.put('sub i64 %n3, 1')}, {turn}")
                step = f.put(f"shl i64 1, {bits}")
                _take_step(f, node, row, value, out, step, count)
    per_unit = () if ordered.ndim == 1 else (size, columns, columns)
    return GateKernel(f.text(), (rows, columns, size, size.bit_length()), per_unit=per_unit)


def _take_step(
    f: IRFunction, node: Tensor, row: str, values: str, out: str, step: str, count: str
) -> None:
    """Move the positions of a block on by `step` where the element before that comes before."""
    dtype = node.inputs[0].dtype
    kind = type_of(dtype)
    with f.loop(count, width=8) as i:
        value, start = f.load(kind, values, i), f.load("i64", out, i)
        further = f.put(f"add i64 {start}, {step}")
        fits = f.put(f"icmp sle i64 {further}, %n2")
        inside = f.put(f"select i1 {fits}, i64 {further}, i64 1")
        each = f.load(kind, row, f.put(f"sub i64 {inside}, 1"))
        below = _is_before(f, dtype, each, value, node.attributes["side"] == "right")
        moves = f.put(f"and i1 {below}, {fits}")
        f.store("i64", f.put(f"select i1 {moves}, i64 {further}, i64 {start}"), out, i)


def _is_before(f: IRFunction, dtype: DType, each: str, value: str, is_right: bool) -> str:
    """Return whether an element comes before the value; NaN comes last."""
    kind = type_of(dtype)
    if dtype.kind != "f":
        sign = "u" if dtype.kind in "bu" else "s"
        return f.put(f"icmp {sign}{'le' if is_right else 'lt'} {kind} {each}, {value}")
    is_nan = f.put(f"fcmp uno {kind} {value}, {value}")
    if is_right:
        return f.put(f"or i1 {is_nan}, {f.put(f'fcmp ole {kind} {each}, {value}')}")
    is_number = f.put(f"fcmp ord {kind} {each}, {each}")
    last = f.put(f"and i1 {is_nan}, {is_number}")
    return f.put(f"or i1 {last}, {f.put(f'fcmp olt {kind} {each}, {value}')}")
