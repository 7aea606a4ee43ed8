"""The numbers of one run in the document: value, gradients and local gradients of every node."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from chainrule.explore.local_gradients import Jacobian, local_gradient
from chainrule.explore.page.tensor_data import MOST_ELEMENTS, tensor_data
from chainrule.explore.page.tensor_pool import TensorPool, WriteRow, edges_within, numbers_within
from chainrule.explore.record import Record
from chainrule.graph import Array, Tensor

_ENOUGH = 9_000_000


@dataclass(frozen=True)
class Numbers:
    """The numbers of one run as the page reads them, and sentences on what had to be left out.

    whole  the largest size of the tensors that are there with all elements; 0 if some are missing
    """

    content: dict[str, Any]
    left_out: list[str]
    whole: int


def numbers_of(record: Record, budget: int = _ENOUGH) -> dict[str, Any]:
    """Return the numbers of a run, as many as fit into `budget` bytes."""
    return run_numbers(record, record.order, record.gates, budget).content


def run_numbers(
    record: Record,
    important: Collection[Tensor],
    explained: Collection[Tensor],
    budget: int,
    row: WriteRow = tensor_data,
) -> Numbers:
    """Return the numbers of a run, as many as fit into `budget` bytes.

    important  all nodes; the tensors of the first ones are kept where not all fit
    explained  the gates whose local gradients are computed
    row        writes one tensor
    """
    pool, explicit = TensorPool(row), frozenset(explained)
    found = {node: _of_node(record, node, pool, node in explicit) for node in important}
    columns = [found[node] for node in record.order]
    rows, most = pool.rows(budget - sum(map(_least_length, columns)))
    kept = len(rows)
    content = {
        "tensors": rows,
        "value": numbers_within((each[0] for each in columns), kept),
        "upstream": numbers_within((each[1] for each in columns), kept),
        "downstream": [edges_within(each[2], kept) for each in columns],
        "local": [edges_within(each[3], kept) for each in columns],
    }
    largest = max((array.size for array in pool.arrays), default=0)
    left_out = list(_left_out(len(pool.arrays), kept, most, largest))
    return Numbers(content, left_out, most if kept == len(pool.arrays) else 0)


Places = tuple[int, int, list[int], list[int]]


def _of_node(record: Record, node: Tensor, pool: TensorPool, explained: bool) -> Places:
    """Return the numbers of the tensors of a node, which are added to the pool."""
    positions = range(len(node.inputs))
    value = pool.add(record.values.get(node))
    upstream = pool.add(record.upstream.get(node))
    downstream = [pool.add(record.downstream.get((node, i))) for i in positions]
    local = [pool.add(_local(record, node, i)) for i in positions] if explained else []
    return value, upstream, downstream, local


def _local(record: Record, node: Tensor, position: int) -> Array | None:
    """Return the elementwise local gradient; None for others and where no gradient passes."""
    if (node, position) not in record.downstream:
        return None
    found = local_gradient(node, position, [record.values[each] for each in node.inputs])
    return None if isinstance(found, Jacobian) else found


def _least_length(places: Places) -> int:
    """Return the bytes of the numbers of a node, each as long as -1."""
    return sum(3 * len(each) + 3 for each in ((0, 0), *places[2:]))


def _left_out(tensors: int, kept: int, most: int, largest: int) -> Iterator[str]:
    if most < min(MOST_ELEMENTS, largest):
        yield (
            f"Tensors of more than {most:,} elements are sampled, instead of {MOST_ELEMENTS:,}, "
            "because the document would be larger than 10 MB. Statistics are of all elements."
        )
    if kept < tensors:
        yield (
            f"{tensors - kept:,} of {tensors:,} tensors are left out, those of inner gates first, "
            "because the document would be larger than 10 MB."
        )
