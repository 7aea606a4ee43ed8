"""Primitives for indexing: ids counted from 0, and the positions of the true elements of masks."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Array,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    RangeError,
    Shape,
    Tensor,
    declare,
    int64,
)
from chainrule.graph.index_keys import counted_from_front, numbered_as
from chainrule.ops.ids import require_ids

_NO_GRADIENT = "gives positions, integers: no gradient passes"


def _front_infer(ids: Tensor, *, size: int, axis: int, of: str) -> tuple[Shape, DType]:
    require_ids("x[ids]", ids)
    return ids.shape, numbered_as(ids.dtype)


COUNT_FROM_FRONT = declare(
    Primitive(
        name="count_from_front",
        family="rows",
        accepts="integer",
        promotes=(),
        infer=_front_infer,
        numpy=counted_from_front,
        lowering="count from front",
        vjp=(None,),
        jvp="linear",
        jacobian="none",
        notation=Notation("{}"),
        says=_NO_GRADIENT,
        branch=lambda ids, *, size, axis, of: ids,
        examples=(
            Example((Operand((5,), -3, 3, "int64"),), {"size": 3, "axis": 0, "of": "'x'"}),
            Example((Operand((2, 2), -3, 3, "int32"),), {"size": 3, "axis": 1, "of": "'x'"}),
            Example((Operand((), -3, 3, "int64"),), {"size": 3, "axis": 0, "of": "'x'"}),
            Example((Operand((0,), -3, 3, "int64"),), {"size": 3, "axis": 0, "of": "'x'"}),
        ),
        vmap="elementwise",
    )
)


def _positions_numpy(mask: Array, *, count: int) -> Array:
    found = np.flatnonzero(mask)
    if found.size != count:
        raise RangeError(
            f"x[mask] was built for a mask with {count} true elements and run with one that has "
            f"{found.size}, which gives another shape. Build the graph again, or use "
            "cr.where(mask, x, 0), which keeps the shape."
        )
    return found


TRUE_POSITIONS = declare(
    Primitive(
        name="true_positions",
        family="rows",
        accepts="bool",
        promotes=(),
        infer=lambda mask, *, count: ((count,), int64),
        numpy=_positions_numpy,
        lowering="true positions",
        vjp=(None,),
        jvp="linear",
        jacobian="none",
        notation=Notation("positions({})"),
        says=_NO_GRADIENT,
        branch=lambda mask, *, count: mask,
        examples=(
            Example((Operand((0,), 0, 2, "bool"),), {"count": 0}),
            Example((Operand((2, 0), 0, 2, "bool"),), {"count": 0}),
        ),
        vmap="scan",
    )
)
