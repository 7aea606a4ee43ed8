"""Loops over groups of rows, for kernels that combine rows element by element.

A group is combined in registers, so that the result of earlier rows is loaded and stored once per
group. It also keeps LLVM from storing with a mask: it does so where the result of earlier rows is
chosen over a single row, and CPUs without mask registers execute such a store as many single ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.compile.kernels.ir_writer import IRFunction

_GROUP = 8


def in_groups(
    f: IRFunction,
    rows: int,
    count: str,
    combine: Callable[[Sequence[str]], None],
    *,
    repeats: bool,
) -> None:
    """Call `combine` with the numbers of the rows of a group, for one group after the other.

    rows     the number of rows, of which the text depends on `min(rows, 8)` alone
    count    the name of this number
    repeats  whether a row may be combined twice: the last group then overlaps the one before
    """
    if rows < _GROUP:
        combine([str(row) for row in range(rows)])
        return
    last = f.put(f"sub i64 {count}, {_GROUP}")
    groups = f.put(
        f"udiv i64 {f.put(f'add i64 {count}, {_GROUP - 1 if repeats else 0}')}, {_GROUP}"
    )
    with f.loop(groups) as group:
        first = f.put(f"mul i64 {group}, {_GROUP}")
        if repeats:
            first = f.put(f"call i64 @llvm.umin.i64(i64 {first}, i64 {last})")
        combine([f.put(f"add i64 {first}, {row}") for row in range(_GROUP)])
    if repeats:
        return
    rest = f.put(f"mul i64 {groups}, {_GROUP}")
    with f.when(f.put(f"icmp ult i64 {rest}, {count}")), f.loop(count, rest) as row:
        combine([row])
