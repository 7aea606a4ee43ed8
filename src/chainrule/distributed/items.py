"""What a block computes for its step: parts that are added up, gathered, or taken from block 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.distributed.block_run import current_run
from chainrule.graph import Array, DType, Notation, Shape, Tensor, apply, int64
from chainrule.graph.primitive import Example, Operand, Primitive

Key = tuple[str, Any]


@dataclass(frozen=True)
class Summed:
    """Arrays of one dtype that are added up over all blocks, together: a bucket.

    number  its number among the items of a block
    keys    what the arrays are
    shapes  their shapes
    dtype   the dtype of all
    """

    number: int
    keys: tuple[Key, ...]
    shapes: tuple[Shape, ...]
    dtype: DType

    @property
    def extents(self) -> list[int]:
        """The number of elements of each array."""
        return [int(np.prod(each)) for each in self.shapes]


@dataclass(frozen=True)
class Rows:
    """Rows of the gradient of a table, with their ids, that are joined in the order of blocks.

    number  its number among the items of a block
    key     what they are
    table   the shape of the table
    dtypes  those of the rows and of the ids
    keeps   whether the rows are wanted, not only the gradient of the whole table
    """

    number: int
    key: Key
    table: Shape
    dtypes: tuple[DType, DType]
    keeps: bool


@dataclass(frozen=True)
class OfFirst:
    """Arrays of which those of block 0 count for all: the state of streams, and counts.

    number  its number among the items of a block
    keys    what the arrays are
    shapes  their shapes
    dtypes  their dtypes
    """

    number: int
    keys: tuple[Key, ...]
    shapes: tuple[Shape, ...]
    dtypes: tuple[DType, ...]


Item = Summed | Rows | OfFirst


def _numpy(*arrays: Array, item: Item) -> Array:
    run = current_run()
    assert run is not None
    run.step.take(item, run.block, arrays)
    return np.zeros((), np.int64)


START = Primitive(
    name="start_reduction",
    family="gate",
    accepts="any",
    promotes=(),
    infer=lambda *inputs, item: ((), int64),
    numpy=_numpy,
    lowering=None,
    vjp=lambda *_, **__: (),
    jvp="linear",
    jacobian="none",
    notation=lambda *inputs, **_: Notation(f"start({', '.join(['{}'] * len(inputs))})"),
    says="hands results of a block to the step, which adds them up over all blocks",
    branch=None,
    examples=(Example((Operand((2,)),), {"item": None}),),
)


def started(item: Item, parts: Sequence[Tensor]) -> Tensor:
    """Return the gate that hands parts of a block's results to its step; its value is 0."""
    return apply(START, *parts, item=item)
