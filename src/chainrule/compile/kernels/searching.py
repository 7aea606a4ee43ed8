"""The kernel of a binary search in sorted rows."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import type_of


def search_sorted(node: Tensor) -> GateKernel:
    """out[r, i] = the number of elements of the row that come before value [r, i].

    The search halves the range a fixed number of times, without branches.
    """
    ordered, values = node.inputs
    rows = 1 if ordered.ndim == 1 else values.size // values.shape[-1]
    columns, size = values.size // rows, ordered.shape[-1]
    f, kind = IRFunction(3, 4), type_of(ordered.dtype)
    is_right = node.attributes["side"] == "right"
    with f.loop("%n0") as r:
        row = f.at(kind, "%p0", f.put(f"mul i64 {r}, %n2"))
        with f.loop("%n1") as i:
            place = flat(f, r, "%n1", i)
            value = f.load(kind, "%p1", place)

            def halved(_: str, start: str, left: str) -> list[str]:
                half = f.put(f"lshr i64 {left}, 1")
                at = f.put(f"add i64 {start}, {half}")
                inside = f.put(f"call i64 @llvm.smin.i64(i64 {at}, i64 {f.put('sub i64 %n2, 1')})")
                each = f.load(kind, row, inside)
                below = _is_before(f, ordered.dtype, each, value, is_right)
                further = f.put(f"and i1 {below}, {f.put(f'icmp sgt i64 {left}, 0')}")
                after = f.put(f"add i64 {at}, 1")
                rest = f.put(f"sub i64 {left}, {f.put(f'add i64 {half}, 1')}")
                return [
                    f.put(f"select i1 {further}, i64 {after}, i64 {start}"),
                    f.put(f"select i1 {further}, i64 {rest}, i64 {half}"),
                ]

            start, _ = f.fold("%n3", [("i64", "0"), ("i64", "%n2")], halved)
            f.store("i64", start, "%p2", place)
    per_unit = (size, columns, columns)
    return GateKernel(f.text(), (rows, columns, size, size.bit_length()), per_unit=per_unit)


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
