"""Prefetch of table rows: a row is fetched from memory some rows before the loop gathers it.

Ids come in no order, so that no processor foresees which rows of a large table are next. Tables of
less than a megabyte stay in its caches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import is_gather
from chainrule.compile.fuse.operands import KernelOperand, per_row, read_by
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.lower.operand_addresses import OperandAddresses
from chainrule.graph import Tensor
from chainrule.ops.scalars import as_int64, type_of

_ROWS_AHEAD = 8
_LARGE = 1 << 20
_LINE_BYTES, _MOST_LINES = 64, 4


def prefetch_rows(f: IRFunction, fused: FusedKernel, addresses: OperandAddresses) -> None:
    """Prefetch the rows of large tables that the loop gathers `_ROWS_AHEAD` rows later."""
    for table, ids in _gathered(fused):
        place = addresses.ahead(per_row(fused, ids), _ROWS_AHEAD)
        if place is not None:
            row = as_int64(f, ids.dtype, f.put(f"load {type_of(ids.dtype)}, ptr {place}"))
            _prefetch(f, addresses.base[table], row, _row_bytes(fused, table.tensor))


def _gathered(fused: FusedKernel) -> Iterator[tuple[KernelOperand, Tensor]]:
    """Yield the large tables whose rows are gathered, each with the ids from outside."""
    for node in filter(is_gather, fused.nodes):
        table, ids = node.inputs
        if ids not in fused.roles and table.size * table.dtype.itemsize >= _LARGE:
            yield read_by(fused, node, table), ids


def _row_bytes(fused: FusedKernel, table: Tensor) -> int:
    """Return the bytes of one row of a table."""
    return math.prod(fused.shape[fused.split :]) * table.dtype.itemsize


def _prefetch(f: IRFunction, table: str, row: str, row_bytes: int) -> None:
    """Prefetch the first lines of a row; the processor foresees those after them."""
    start = f.at("i8", table, f.put(f"mul i64 {row}, {row_bytes}"))
    for line in range(min(-(-row_bytes // _LINE_BYTES), _MOST_LINES)):
        f.prefetch(f.at("i8", start, str(_LINE_BYTES * line)))
