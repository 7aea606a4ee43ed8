"""Kernels that carry a value along an axis: products, linear recurrences, positions of extrema."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import around, flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import highest, lowest, narrowed, widened
from chainrule.compile.kernels.running_totals import place_along
from chainrule.graph import DType, Tensor
from chainrule.ops.long_sums import wide
from chainrule.ops.scalars import literal, type_of

Step = Callable[[IRFunction, DType, str, list[str], str], str]
"""(function, dtype, index along the axis, elements of the inputs, carried) -> new carried value"""


def running_product(node: Tensor) -> GateKernel:
    """out[a, j, :] = out[a, j - 1, :] * x[a, j, :]; float32 is carried in float64."""

    def step(f: IRFunction, dtype: DType, j: str, x: list[str], carried: str) -> str:
        operation = "fmul" if dtype.kind == "f" else "mul"
        return f.put(f"{operation} {type_of(dtype)} {carried}, {x[0]}")

    return _carrying(node, 1, step)


def linear_recurrence(node: Tensor) -> GateKernel:
    """out[a, j, :] = p[a, j, :] * out[a, j - 1, :] + q[a, j, :], or from the end."""

    def step(f: IRFunction, dtype: DType, j: str, x: list[str], carried: str) -> str:
        kind = type_of(dtype)
        product = f.put(f"fmul {kind} {x[0]}, {carried}")
        both = f.put(f"fadd {kind} {product}, {x[1]}")
        return f.put(f"select i1 {f.put(f'icmp eq i64 {j}, 0')}, {kind} {x[1]}, {kind} {both}")

    return _carrying(node, 0, step)


def _carrying(node: Tensor, first: float, step: Step) -> GateKernel:
    axis = node.attributes["axis"]
    before, after = around(node.shape, axis)
    each = node.shape[axis] * after
    extents, parted = (before, node.shape[axis], after), (each,) * (len(node.inputs) + 1)
    if after == 1:
        return GateKernel(_of_rows(node, first, step), extents, per_unit=parted)
    room = -(-after * wide(node.dtype).itemsize // 64) * 64
    text = _of_planes(node, first, step)
    return GateKernel(text, extents, per_unit=parted, scratch_bytes=room)


def _of_rows(node: Tensor, first: float, step: Step) -> str:
    """Carry a register along the last axis."""
    f, carried = IRFunction(len(node.inputs) + 1, 3), wide(node.dtype)
    with f.loop("%n0") as a:

        def further(j: str, value: str) -> list[str]:
            place = flat(f, a, "%n1", place_along(f, node, j))
            new = step(f, carried, j, _elements(f, node, place, carried), value)
            _write(f, node, place, carried, new)
            return [new]

        f.fold("%n1", [(type_of(carried), literal(first, carried))], further)
    return f.text()


def _of_planes(node: Tensor, first: float, step: Step) -> str:
    """Carry one plane in scratch memory, so that the inner loop vectorises."""
    count = len(node.inputs)
    f, carried = IRFunction(count + 2, 3), wide(node.dtype)
    kind, room = type_of(carried), f"%p{count + 1}"
    with f.loop("%n0") as a, f.loop("%n1") as j:
        here = f.put(f"mul i64 {flat(f, a, '%n1', place_along(f, node, j))}, %n2")
        with f.when(f.put(f"icmp eq i64 {j}, 0")), f.loop("%n2") as b:
            f.store(kind, literal(first, carried), room, b)
        with f.loop("%n2") as b:
            place = f.put(f"add i64 {here}, {b}")
            elements = _elements(f, node, place, carried)
            new = step(f, carried, j, elements, f.load(kind, room, b))
            f.store(kind, new, room, b)
            _write(f, node, place, carried, new)
    return f.text()


def _elements(f: IRFunction, node: Tensor, place: str, carried: DType) -> list[str]:
    """Load one element of each input in the dtype of the carried value."""
    return [
        widened(f, f.load(type_of(each.dtype), f"%p{i}", place), each.dtype, carried)
        for i, each in enumerate(node.inputs)
    ]


def _write(f: IRFunction, node: Tensor, place: str, carried: DType, value: str) -> None:
    target = f"%p{len(node.inputs)}"
    f.store(type_of(node.dtype), narrowed(f, value, carried, node.dtype), target, place)


def running_positions(which: str) -> KernelMaker:
    """Return the maker of positions of cumulative maxima ("ge") or minima ("le")."""

    def make(node: Tensor) -> GateKernel:
        (x,) = node.inputs
        axis = node.attributes["axis"]
        before, after = around(x.shape, axis)
        each = x.shape[axis] * after
        text = _positions_of_rows(x.dtype, which) if after == 1 else _planes(x.dtype, which)
        return GateKernel(text, (before, x.shape[axis], after), per_unit=(each, each))

    return make


def _replaces(f: IRFunction, dtype: DType, which: str, each: str, best: str) -> str:
    """Return whether an element replaces an earlier extremum: it is as good, or it is NaN."""
    kind = type_of(dtype)
    if dtype.kind != "f":
        sign = "u" if dtype.kind in "bu" else "s"
        return f.put(f"icmp {sign}{which} {kind} {each}, {best}")
    better = f.put(f"fcmp o{which} {kind} {each}, {best}")
    return f.put(f"or i1 {better}, {f.put(f'fcmp uno {kind} {each}, {each}')}")


def _positions_of_rows(dtype: DType, which: str) -> str:
    """Carry the extremum and its position along the last axis."""
    f, kind = IRFunction(2, 3), type_of(dtype)
    first = (lowest if which == "ge" else highest)(dtype)
    with f.loop("%n0") as a:

        def further(j: str, best: str, place: str) -> list[str]:
            here = flat(f, a, "%n1", j)
            each = f.load(kind, "%p0", here)
            better = _replaces(f, dtype, which, each, best)
            new = f.put(f"select i1 {better}, i64 {j}, i64 {place}")
            f.store("i64", new, "%p1", here)
            return [f.put(f"select i1 {better}, {kind} {each}, {kind} {best}"), new]

        f.fold("%n1", [(kind, literal(first, dtype)), ("i64", "0")], further)
    return f.text()


def _planes(dtype: DType, which: str) -> str:
    """Compare every plane with the elements at the positions of the plane before."""
    f, kind = IRFunction(2, 3), type_of(dtype)
    with f.loop("%n0") as a:
        start = f.put(f"mul i64 {a}, {f.put('mul i64 %n1, %n2')}")
        x, out = f.at(kind, "%p0", start), f.at("i64", "%p1", start)
        with f.loop("%n1") as j, f.loop("%n2") as b:
            is_first = f.put(f"icmp eq i64 {j}, 0")
            back = f.put(f"select i1 {is_first}, i64 0, i64 {f.put(f'sub i64 {j}, 1')}")
            before = f.load("i64", out, flat(f, back, "%n2", b))
            held = f.put(f"select i1 {is_first}, i64 0, i64 {before}")
            each = f.load(kind, x, flat(f, j, "%n2", b))
            better = _replaces(f, dtype, which, each, f.load(kind, x, flat(f, held, "%n2", b)))
            new = f.put(f"select i1 {better}, i64 {j}, i64 {held}")
            f.store("i64", new, out, flat(f, j, "%n2", b))
    return f.text()
