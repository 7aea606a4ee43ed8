"""Kernels that write rows of a table, or add to them."""

from __future__ import annotations

from chainrule.compile.kernels.gathering import added, multiplied
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.prefetching import ROWS_AHEAD, prefetch_row
from chainrule.graph import DType
from chainrule.ops.scalars import as_int64, type_of


def write_rows_text(ids: DType, rows: DType) -> str:
    """Return the kernel of a row update: table[ids[i], :] = rows[i, :] where keep[i].

    Pointers: ids, rows, keep, table. Numbers: ids, elements of a row. Ids were checked before.
    """
    f = IRFunction(4, 2)
    kind = type_of(rows)
    with f.loop("%n0") as i, f.when(f.put(f"icmp ne i8 {f.load('i8', '%p2', i)}, 0")):
        wide = as_int64(f, ids, f.load(type_of(ids), "%p0", i))
        source = f.at(kind, "%p1", f.put(f"mul i64 {i}, %n1"))
        target = f.at(kind, "%p3", f.put(f"mul i64 {wide}, %n1"))
        with f.loop("%n1") as j:
            f.store(kind, f.load(kind, source, j), target, j)
    return f.text()


def add_to_rows_text(ids: DType, rows: DType, prefetched: int) -> str:
    """Return the kernel of added rows: table[ids[i], :] += factor * rows[i, :].

    It adds the rows whose id & mask = part, in the order of i. Parts of one mask write different
    rows of the table. A first loop lists them, so that the second has no branches.

    Pointers: ids, rows, factor, table, int64 memory for the list. Numbers: ids, elements of a row,
    mask, part. Ids were checked before.

    prefetched  the bytes of a row of a table whose rows are prefetched, 0 if they are not
    """
    f = IRFunction(5, 4)
    kind = type_of(rows)
    count = _listed(f, ids)
    with f.when(f.put(f"icmp sgt i64 {count}, 0")):
        factor = f.load(kind, "%p2", "0")
        last = f.put(f"sub i64 {count}, 1")
        with f.loop(count) as place:
            i = f.load("i64", "%p4", place)
            if prefetched:
                further = f.put(f"add i64 {place}, {ROWS_AHEAD}")
                ahead = f.put(f"call i64 @llvm.smin.i64(i64 {further}, i64 {last})")
                later = f.load("i64", "%p4", ahead)
                prefetch_row(f, "%p3", _id(f, ids, later), prefetched)
                prefetch_row(f, "%p1", later, prefetched)
            source = f.at(kind, "%p1", f.put(f"mul i64 {i}, %n1"))
            target = f.at(kind, "%p3", f.put(f"mul i64 {_id(f, ids, i)}, %n1"))
            with f.loop("%n1", masked=True) as j:
                term = multiplied(f, rows, f.load(kind, source, j), factor)
                f.store(kind, added(f, rows, f.load(kind, target, j), term), target, j)
    return f.text()


def _listed(f: IRFunction, ids: DType) -> str:
    """List the positions of the ids of this part, and return their number."""

    def listed(i: str, count: str) -> list[str]:
        own = f.put(f"and i64 {_id(f, ids, i)}, %n2")
        f.store("i64", i, "%p4", count)
        is_own = f.put(f"icmp eq i64 {own}, %n3")
        return [f.put(f"add i64 {count}, {f.put(f'zext i1 {is_own} to i64')}")]

    return f.fold("%n0", [("i64", "0")], listed)[0]


def _id(f: IRFunction, ids: DType, position: str) -> str:
    return as_int64(f, ids, f.load(type_of(ids), "%p0", position))
