"""Prefetch of table rows: a row is fetched from memory some rows before a loop reaches it.

Ids come in no order, so that no processor foresees which rows of a large table are next. Tables of
less than a megabyte stay in its caches.
"""

from __future__ import annotations

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Tensor

ROWS_AHEAD = 8
_LARGE = 1 << 20
_LINE_BYTES, _MOST_LINES = 64, 4


def is_prefetched(table: Tensor) -> bool:
    """Return whether the rows of a table are prefetched."""
    return table.size * table.dtype.itemsize >= _LARGE


def prefetch_row(f: IRFunction, table: str, row: str, row_bytes: int) -> None:
    """Prefetch the first lines of a row; the processor foresees those after them."""
    start = f.at("i8", table, f.put(f"mul i64 {row}, {row_bytes}"))
    for line in range(min(-(-row_bytes // _LINE_BYTES), _MOST_LINES)):
        f.prefetch(f.at("i8", start, str(_LINE_BYTES * line)))
