"""Prefetch of the table rows that a fused kernel gathers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import is_gather
from chainrule.compile.fuse.operands import KernelOperand, per_row, read_by
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.prefetching import ROWS_AHEAD, is_prefetched, prefetch_row
from chainrule.compile.lower.operand_addresses import OperandAddresses
from chainrule.graph import Tensor
from chainrule.ops.scalars import as_int64, type_of


def prefetch_rows(f: IRFunction, fused: FusedKernel, addresses: OperandAddresses) -> None:
    """Prefetch the rows of large tables that the loop gathers `ROWS_AHEAD` rows later."""
    for table, ids in _gathered(fused):
        place = addresses.ahead(per_row(fused, ids), ROWS_AHEAD)
        if place is not None:
            row = as_int64(f, ids.dtype, f.put(f"load {type_of(ids.dtype)}, ptr {place}"))
            prefetch_row(f, addresses.base[table], row, _row_bytes(fused, table.tensor))


def _gathered(fused: FusedKernel) -> Iterator[tuple[KernelOperand, Tensor]]:
    """Yield the large tables whose rows are gathered, each with the ids from outside."""
    for node in filter(is_gather, fused.nodes):
        table, ids = node.inputs
        if ids not in fused.roles and is_prefetched(table):
            yield read_by(fused, node, table), ids


def _row_bytes(fused: FusedKernel, table: Tensor) -> int:
    """Return the bytes of one row of a table."""
    return math.prod(fused.shape[fused.split :]) * table.dtype.itemsize
