"""Rows: kernels that gather and scatter by ids, take the largest of a row, or draw random bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from chainrule.compile.function import Function
from chainrule.compile.scalars import type_of
from chainrule.graph import DType, Shape, Tensor


@dataclass(frozen=True)
class RowKernel:
    """A kernel for one gate: its text, its extents, and what surrounds the call.

    checked  the position of the ids among the inputs if the kernel checks them: its first pointer
             is then the place where it notes the flat position of an id outside
    cleared  whether the output must be zero before
    padded   the number of elements the output needs room for
    scratch  int64 cells, all -1, that it works in: its last pointer
    """

    text: str
    extents: tuple[int, ...]
    checked: int | None = None
    cleared: bool = False
    padded: int = 0
    scratch: int = 0


Maker = Callable[[Tensor], RowKernel | None]


def row_kernel(node: Tensor) -> RowKernel | None:
    """Return the kernel of `node`, None if there is none for its form."""
    assert node.primitive is not None
    make = _KERNELS.get(node.primitive.name)
    if make is None or node.size == 0 or any(each.size == 0 for each in node.inputs):
        return None
    return make(node)


def _checked_id(f: Function, kind: str, ids: str, place: str, size: str) -> tuple[str, str]:
    """Read an id; note its place if it is outside, and return it with the flag that it is fine."""
    found = f.load(kind, ids, place)
    wide = found if kind == "i64" else f.put(f"sext {kind} {found} to i64")
    fine = f.put(f"icmp ult i64 {wide}, {size}")
    outside = f.put(f"xor i1 {fine}, 1")
    with f.when(outside):
        f.do(f"store i64 {place}, ptr %p0")
    return wide, fine


def _take(node: Tensor) -> RowKernel | None:
    """out[i, :] = x[ids[i], :]."""
    x, ids = node.inputs
    if node.attributes["axis"] != 0:
        return None
    f = Function(4, 3)
    kind = type_of(x.dtype)
    with f.loop("%n0") as i:
        wide, fine = _checked_id(f, type_of(ids.dtype), "%p2", i, "%n2")
        with f.when(fine):
            source = f.at(kind, "%p1", f.put(f"mul i64 {wide}, %n1"))
            target = f.at(kind, "%p3", f.put(f"mul i64 {i}, %n1"))
            with f.loop("%n1") as j:
                f.store(kind, f.load(kind, source, j), target, j)
    return RowKernel(f.text(), (ids.size, math.prod(x.shape[1:]), x.shape[0]), checked=1)


def _add_rows(node: Tensor) -> RowKernel | None:
    """out[ids[i], :] += rows[i, :], in order."""
    rows, ids = node.inputs
    if node.attributes["axis"] != 0 or rows.dtype.kind != "f":
        return None
    f = Function(4, 3)
    kind = type_of(rows.dtype)
    with f.loop("%n0") as i:
        wide, fine = _checked_id(f, type_of(ids.dtype), "%p2", i, "%n2")
        with f.when(fine):
            source = f.at(kind, "%p1", f.put(f"mul i64 {i}, %n1"))
            target = f.at(kind, "%p3", f.put(f"mul i64 {wide}, %n1"))
            with f.loop("%n1") as j:
                both = (f.load(kind, target, j), f.load(kind, source, j))
                f.store(kind, f.put(f"fadd {kind} {both[0]}, {both[1]}"), target, j)
    extents = (ids.size, math.prod(node.shape[1:]), node.shape[0])
    return RowKernel(f.text(), extents, checked=1, cleared=True)


def _rows_and_last(shape: Shape) -> tuple[int, int]:
    return math.prod(shape[:-1]), shape[-1]


def _is_last(node: Tensor) -> bool:
    return bool(node.attributes["axis"] == node.ndim - 1)


def _take_along(node: Tensor) -> RowKernel | None:
    """out[r, k] = x[r, ids[r, k]]."""
    x, ids = node.inputs
    if not _is_last(node):
        return None
    f = Function(4, 3)
    kind = type_of(x.dtype)
    with f.loop("%n0") as r, f.loop("%n1") as k:
        place = f.put(f"add i64 {f.put(f'mul i64 {r}, %n1')}, {k}")
        wide, fine = _checked_id(f, type_of(ids.dtype), "%p2", place, "%n2")
        with f.when(fine):
            source = f.put(f"add i64 {f.put(f'mul i64 {r}, %n2')}, {wide}")
            f.store(kind, f.load(kind, "%p1", source), "%p3", place)
    rows, picks = _rows_and_last(ids.shape)
    return RowKernel(f.text(), (rows, picks, x.shape[-1]), checked=1)


def _add_along(node: Tensor) -> RowKernel | None:
    """out[r, ids[r, k]] += g[r, k], in order."""
    g, ids = node.inputs
    if not _is_last(node) or g.dtype.kind != "f":
        return None
    f = Function(4, 3)
    kind = type_of(g.dtype)
    with f.loop("%n0") as r, f.loop("%n1") as k:
        place = f.put(f"add i64 {f.put(f'mul i64 {r}, %n1')}, {k}")
        wide, fine = _checked_id(f, type_of(ids.dtype), "%p2", place, "%n2")
        with f.when(fine):
            target = f.put(f"add i64 {f.put(f'mul i64 {r}, %n2')}, {wide}")
            both = (f.load(kind, "%p3", target), f.load(kind, "%p1", place))
            f.store(kind, f.put(f"fadd {kind} {both[0]}, {both[1]}"), "%p3", target)
    rows, picks = _rows_and_last(ids.shape)
    return RowKernel(f.text(), (rows, picks, node.shape[-1]), checked=1, cleared=True)


def _extremum(compare: str) -> Maker:
    """out[r] = the largest, or smallest, of x[r, :]; NaN wins, as in NumPy."""

    def make(node: Tensor) -> RowKernel | None:
        (x,) = node.inputs
        axes = node.attributes["axis"]
        if not axes or axes != tuple(range(x.ndim - len(axes), x.ndim)) or x.dtype.kind != "f":
            return None
        f = Function(2, 2)
        kind = type_of(x.dtype)
        with f.loop("%n0") as r:
            row = f.at(kind, "%p0", f.put(f"mul i64 {r}, %n1"))
            f.store(kind, f.load(kind, row, "0"), "%p1", r)
            with f.loop("%n1") as j:
                best, each = f.load(kind, "%p1", r), f.load(kind, row, j)
                wins = f.put(f"fcmp {compare} {kind} {best}, {each}")
                nan = f.put(f"fcmp uno {kind} {best}, {best}")
                keep = f.put(f"or i1 {wins}, {nan}")
                f.store(kind, f.put(f"select i1 {keep}, {kind} {best}, {kind} {each}"), "%p1", r)
        inner = math.prod(x.shape[axis] for axis in axes)
        return RowKernel(f.text(), (x.size // inner, inner))

    return make


def _position(compare: str) -> Maker:
    """out[r] = where the largest, or smallest, of x[r, :] stands first; NaN wins, as in NumPy."""

    def make(node: Tensor) -> RowKernel | None:
        (x,) = node.inputs
        if node.attributes["axis"] != x.ndim - 1 or x.dtype.kind != "f":
            return None
        f = Function(2, 2)
        kind = type_of(x.dtype)
        with f.loop("%n0") as r:
            row = f.at(kind, "%p0", f.put(f"mul i64 {r}, %n1"))
            f.store("i64", "0", "%p1", r)
            with f.loop("%n1") as j:
                held = f.load("i64", "%p1", r)
                best, each = f.load(kind, row, held), f.load(kind, row, j)
                wins = f.put(f"fcmp {compare} {kind} {each}, {best}")
                nan = f.put(f"fcmp uno {kind} {each}, {each}")
                clean = f.put(f"fcmp ord {kind} {best}, {best}")
                first_nan = f.put(f"and i1 {nan}, {clean}")
                take = f.put(f"or i1 {wins}, {first_nan}")
                f.store("i64", f.put(f"select i1 {take}, i64 {j}, i64 {held}"), "%p1", r)
        return RowKernel(f.text(), _rows_and_last(x.shape))

    return make


def _random_bits(node: Tensor) -> RowKernel | None:
    """Philox 4x32-10, a block of four words per step; see `chainrule.ops.chance.philox`."""
    f = Function(2, 1)
    seed, draw = f.load("i64", "%p0", "0"), f.load("i64", "%p0", "1")
    k0 = f.put(f"and i64 {seed}, 4294967295")
    k1 = f.put(f"lshr i64 {seed}, 32")
    d0, d1 = f.put(f"and i64 {draw}, 4294967295"), f.put(f"lshr i64 {draw}, 32")
    keys = [(k0, k1)]
    for _ in range(9):
        k0, k1 = (
            f.put(f"and i64 {f.put(f'add i64 {key}, {step}')}, 4294967295")
            for key, step in zip(keys[-1], (0x9E3779B9, 0xBB67AE85), strict=True)
        )
        keys.append((k0, k1))
    with f.loop("%n0") as block:
        c = [block, "0", d0, d1]
        for key0, key1 in keys:
            left = f.put(f"mul i64 {c[0]}, {0xD2511F53}")
            right = f.put(f"mul i64 {c[2]}, {0xCD9E8D57}")
            c = [
                _mixed(f, right, c[1], key0),
                f.put(f"and i64 {right}, 4294967295"),
                _mixed(f, left, c[3], key1),
                f.put(f"and i64 {left}, 4294967295"),
            ]
        first = f.put(f"mul i64 {block}, 4")
        for i, word in enumerate(c):
            narrow = f.put(f"trunc i64 {word} to i32")
            f.store("i32", narrow, "%p1", f.put(f"add i64 {first}, {i}"))
    blocks = -(-node.size // 4)
    return RowKernel(f.text(), (blocks,), padded=4 * blocks)


def _first_occurrence(node: Tensor) -> RowKernel | None:
    """out[i] = the first j with ids[j] = ids[i], by a hash table of positions."""
    (ids,) = node.inputs
    kind = type_of(ids.dtype)
    f = Function(3, 2)
    with f.loop("%n0") as i:
        found = f.load(kind, "%p0", i)
        wide = found if kind == "i64" else f.put(f"sext {kind} {found} to i64")
        slot = f.find_slot(kind, "%p0", wide, "%p2", "%n1")
        held = f.load("i64", "%p2", slot)
        empty = f.put(f"icmp slt i64 {held}, 0")
        first = f.put(f"select i1 {empty}, i64 {i}, i64 {held}")
        f.store("i64", first, "%p2", slot)
        f.store("i64", first, "%p1", i)
    slots = 1 << (2 * ids.size - 1).bit_length()
    return RowKernel(f.text(), (ids.size, slots - 1), scratch=slots)


def write_rows_text(ids: DType, rows: DType) -> str:
    """Return the kernel of a row update: table[ids[i], :] = rows[i, :] where keep[i].

    Pointers: ids, rows, keep, table; extents: ids, elements of a row. Ids were checked before.
    """
    f = Function(4, 2)
    kind = type_of(rows)
    with f.loop("%n0") as i, f.when(f.put(f"icmp ne i8 {f.load('i8', '%p2', i)}, 0")):
        found = f.load(type_of(ids), "%p0", i)
        wide = found if ids.itemsize == 8 else f.put(f"sext {type_of(ids)} {found} to i64")
        source = f.at(kind, "%p1", f.put(f"mul i64 {i}, %n1"))
        target = f.at(kind, "%p3", f.put(f"mul i64 {wide}, %n1"))
        with f.loop("%n1") as j:
            f.store(kind, f.load(kind, source, j), target, j)
    return f.text()


def _mixed(f: Function, product: str, counter: str, key: str) -> str:
    high = f.put(f"lshr i64 {product}, 32")
    return f.put(f"xor i64 {f.put(f'xor i64 {high}, {counter}')}, {key}")


_KERNELS: dict[str, Maker] = {
    "take": _take,
    "add_rows": _add_rows,
    "take_along_axis": _take_along,
    "add_along_axis": _add_along,
    "max": _extremum("ogt"),
    "min": _extremum("olt"),
    "argmax": _position("ogt"),
    "argmin": _position("olt"),
    "random_bits": _random_bits,
    "first_occurrence": _first_occurrence,
}
