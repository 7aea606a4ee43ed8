"""Kernels that scatter and add by ids along any axis, accurate however often an id occurs.

A float32 row takes fewer than `BLOCK` rows. Its sum is then added to a float64 row, and it is set
to zero. Few rows need a float64 row, so these are in a list, with memory for the largest possible
number. Single elements are added in float64 at once.
"""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import added, along, around, checked_id, flat, loop_over
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import narrowed, widened
from chainrule.compile.kernels.sum_blocks import BLOCK
from chainrule.graph import DType, Shape, Tensor, float32
from chainrule.ops.long_sums import wide
from chainrule.ops.scalars import literal, type_of


def add_rows(node: Tensor) -> GateKernel:
    """out[a, ids[i], :] += rows[a, i, :]."""
    _, ids = node.inputs
    before, after = around(node.shape, node.attributes["axis"])
    size = node.shape[node.attributes["axis"]]
    has_blocks = node.dtype == float32
    if has_blocks and after == 1:
        return _elements(node, (before, ids.size, 1, size))
    slots = before * (ids.size // BLOCK) if has_blocks else 0
    rows = before * size if slots else 0
    return GateKernel(
        _rows(node, after, slots > 0),
        (before, ids.size, after, size, slots),
        checked=1,
        cleared=True,
        cell_bytes=rows,
        scratch_bytes=-(-(4 * rows + 8 * slots * (after + 1)) // 64) * 64,
    )


def add_along(node: Tensor) -> GateKernel:
    """out[a, ids[a, k, b], b] += g[a, k, b]."""
    g, ids = node.inputs
    size = node.shape[node.attributes["axis"]]
    extents = along(node, ids.shape, size)
    _, picks, after, _ = extents
    if node.dtype == float32 and picks > BLOCK:
        return _elements(node, extents)
    f, kind = IRFunction(4, 4), type_of(g.dtype)
    with f.loop("%n0") as a, f.loop("%n1") as k, loop_over(f, after, "%n2") as b:
        place = flat(f, flat(f, a, "%n1", k), "%n2", b)
        wide_id, fine = checked_id(f, ids.dtype, "%p2", place, "%n3")
        with f.when(fine):
            target = flat(f, flat(f, a, "%n3", wide_id), "%n2", b)
            both = added(f, g.dtype, f.load(kind, "%p3", target), f.load(kind, "%p1", place))
            f.store(kind, both, "%p3", target)
    return GateKernel(
        f.text(), extents, checked=1, cleared=True, per_unit=_elements_per_unit(node, extents)
    )


def _elements_per_unit(node: Tensor, extents: Shape) -> Shape:
    """Return the elements of g, ids and output per unit of the first extent."""
    _, picks, after, size = extents
    ids = picks * after if node.inputs[1].size == node.inputs[0].size else 0
    return picks * after, ids, size * after


# -- elements --------------------------------------------------------------------------------------


def _elements(node: Tensor, extents: Shape) -> GateKernel:
    """Return the kernel that adds single elements in float64 scratch memory, and rounds at the end.

    There is an id for every element, or one list of ids for all units before the axis.
    """
    _, picks, after, size = extents
    has_one_list = node.inputs[1].size == picks
    f, held = IRFunction(5, 4), wide(node.dtype)
    count = f.put("mul i64 %n3, %n2")
    with f.loop("%n0") as a:
        with f.loop(count) as i:
            f.store(type_of(held), literal(0, held), "%p4", i)
        with f.loop("%n1") as k, loop_over(f, after, "%n2") as b:
            _add_element(f, node, held, flat(f, "0" if has_one_list else a, "%n1", k), a, k, b)
        start = f.put(f"mul i64 {a}, {count}")
        with f.loop(count) as i:
            value = narrowed(f, f.load(type_of(held), "%p4", i), held, node.dtype)
            f.store(type_of(node.dtype), value, "%p3", f.put(f"add i64 {start}, {i}"))
    room = -(-size * after * held.itemsize // 64) * 64
    return GateKernel(
        f.text(), extents, checked=1, per_unit=_elements_per_unit(node, extents), scratch_bytes=room
    )


def _add_element(
    f: IRFunction, node: Tensor, held: DType, row: str, a: str, k: str, b: str
) -> None:
    """Add one element to the scratch memory."""
    g, ids = node.inputs
    kind = type_of(held)
    place = flat(f, row, "%n2", b)
    found, fine = checked_id(f, ids.dtype, "%p2", place, "%n3")
    with f.when(fine):
        source = flat(f, flat(f, a, "%n1", k), "%n2", b)
        term = widened(f, f.load(type_of(g.dtype), "%p1", source), g.dtype, held)
        target = flat(f, found, "%n2", b)
        f.store(kind, added(f, held, f.load(kind, "%p4", target), term), "%p4", target)


# -- rows ------------------------------------------------------------------------------------------


def _rows(node: Tensor, after: int, has_blocks: bool) -> str:
    """Write the kernel that adds rows; if ids may occur often, with cells and scratch memory.

    Every row has a byte, 255 at first, that counts down the rows it took. The scratch memory holds
    the list of rows that have a float64 row, the float64 rows, and for every row its number on the
    list. A number is valid only if the list has the row there, so that the numbers need no initial
    value.
    """
    rows, ids = node.inputs
    f, kind = IRFunction(6 if has_blocks else 4, 5), type_of(rows.dtype)
    count = f.cell("i64") if has_blocks else ""
    if has_blocks:
        f.do(f"store i64 0, ptr {count}")
    with f.loop("%n0") as a, f.loop("%n1") as i:
        found, fine = checked_id(f, ids.dtype, "%p2", i, "%n3")
        with f.when(fine):
            row = flat(f, a, "%n3", found)
            source = f.at(kind, "%p1", f.put(f"mul i64 {flat(f, a, '%n1', i)}, %n2"))
            target = f.at(kind, "%p3", f.put(f"mul i64 {row}, %n2"))
            if has_blocks:
                _empty_full(f, row, target, count)
            with loop_over(f, after, "%n2") as j:
                both = added(f, rows.dtype, f.load(kind, target, j), f.load(kind, source, j))
                f.store(kind, both, target, j)
    if has_blocks:
        _add_float64_rows(f, count)
    return f.text()


def _empty_full(f: IRFunction, row: str, target: str, count: str) -> None:
    """Count one more row; if the block is full, add it to the float64 row and set it to zero."""
    seen = f.put(f"sub i8 {f.load('i8', '%p4', row)}, 1")
    f.store("i8", seen, "%p4", row)
    full = f.put(f"icmp eq i8 {f.put(f'and i8 {seen}, {BLOCK - 1}')}, {BLOCK - 1}")
    with f.when(full, rarely=True):
        held = _slot(f, _number(f, row, count))
        with f.loop("%n2") as j:
            term = f.put(f"fpext float {f.load('float', target, j)} to double")
            f.store("double", f.put(f"fadd double {f.load('double', held, j)}, {term}"), held, j)
            f.store("float", "0.0", target, j)


def _number(f: IRFunction, row: str, count: str) -> str:
    """Return the number of a row on the list; add it to the list if it is not there."""
    places = f.at("i64", "%p5", f.put(f"mul i64 %n4, {f.put('add i64 %n2, 1')}"))
    known = f.put(f"load i64, ptr {count}")
    believed = f.put(f"zext i32 {f.load('i32', places, row)} to i64")
    is_on_list = f.put(f"icmp ult i64 {believed}, {known}")
    looked = f.put(f"select i1 {is_on_list}, i64 {believed}, i64 0")
    stands_there = f.put(f"icmp eq i64 {f.load('i64', '%p5', looked)}, {row}")
    has_one = f.put(f"and i1 {is_on_list}, {stands_there}")
    with f.when(f.put(f"xor i1 {has_one}, true")):
        f.store("i32", f.put(f"trunc i64 {known} to i32"), places, row)
        f.store("i64", row, "%p5", known)
        f.do(f"store i64 {f.put(f'add i64 {known}, 1')}, ptr {count}")
        fresh = _slot(f, known)
        with f.loop("%n2") as j:
            f.store("double", "0.0", fresh, j)
    return f.put(f"zext i32 {f.load('i32', places, row)} to i64")


def _slot(f: IRFunction, number: str) -> str:
    """Return the address of a float64 row; these follow the list."""
    return f.at("double", "%p5", f.put(f"add i64 %n4, {f.put(f'mul i64 {number}, %n2')}"))


def _add_float64_rows(f: IRFunction, count: str) -> None:
    """Add the float64 rows to the rows on the list."""
    slots = f.put(f"load i64, ptr {count}")
    with f.when(f.put(f"icmp sgt i64 {slots}, 0")), f.loop(slots) as slot:
        row = f.put(f"mul i64 {f.load('i64', '%p5', slot)}, %n2")
        target, held = f.at("float", "%p3", row), _slot(f, slot)
        with f.loop("%n2") as j:
            term = f.put(f"fpext float {f.load('float', target, j)} to double")
            both = f.put(f"fadd double {f.load('double', held, j)}, {term}")
            f.store("float", f.put(f"fptrunc double {both} to float"), target, j)
