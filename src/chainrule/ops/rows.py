"""Gathering by integer ids, and scattering, its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    int64,
    normalise_axis,
    read_for,
)
from chainrule.ops.batched_rows import batched_add_rows, batched_take
from chainrule.ops.ids import (
    beside,
    comparable,
    operand_labels,
    require_ids,
    require_known_range,
    require_range,
)
from chainrule.ops.long_sums import added_at, added_rows
from chainrule.ops.shaping import concat


def _looked_up(primitive: Primitive, x: Tensor, ids: TensorLike, axis: int) -> Tensor:
    """Apply a lookup; a RangeError names its operands."""
    ids = as_tensor(ids)
    try:
        return apply(primitive, x, ids, axis=axis)
    except RangeError as error:
        raise RangeError(f"{error} {operand_labels(ids, x)}") from None


def _take_infer(x: Tensor, ids: Tensor, *, axis: int) -> tuple[Shape, DType]:
    require_ids("take", ids)
    return x.shape[:axis] + ids.shape + x.shape[axis + 1 :], x.dtype


def _take_numpy(x: Array, ids: Array, *, axis: int) -> Array:
    require_range("take", ids, x.shape[axis])
    return x.take(ids, axis=axis)


def _take_rule(g: Tensor, y: Tensor, x: Tensor, ids: Tensor, *, axis: int) -> Tensor:
    return apply(ADD_ROWS, g, ids, size=x.shape[axis], axis=axis)


_SMALL = Operand((2,), 0, 3, "int64")

TAKE = declare(
    Primitive(
        name="take",
        family="rows",
        accepts="any",
        promotes=(),
        infer=_take_infer,
        numpy=_take_numpy,
        lowering="gather",
        vjp=(_take_rule, None),
        jvp="linear",
        jacobian="routing",
        notation=Notation("{}[{}]"),
        says=lambda gate: (
            f"gathers: {len(np.unique(gate.arguments[1]))} of "
            f"{gate.arguments[0].shape[gate.attributes['axis']]} rows receive gradient, and a row "
            "taken several times receives the sum"
        ),
        branch=lambda x, ids, *, axis: ids,
        reads_stored_rows=True,
        examples=(
            Example((Operand((3, 2)), _SMALL), {"axis": 0}),
            Example((Operand((3, 2)), Operand((2, 3), 0, 3, "int64")), {"axis": 0}),
            Example((Operand((2, 3)), Operand((4,), 0, 3, "int32")), {"axis": 1}),
            Example((Operand((3,)), Operand((), 0, 3, "int64")), {"axis": 0}),
            Example((Operand((3, 2)), Operand((0,), 0, 3, "int64")), {"axis": 0}),
        ),
        vmap=batched_take,
    )
)


def _add_rows_infer(rows: Tensor, ids: Tensor, *, size: int, axis: int) -> tuple[Shape, DType]:
    require_ids("add_rows", ids)
    if rows.shape[axis : axis + ids.ndim] != ids.shape:
        raise ShapeError(
            f"add_rows was given {rows.label} {list(rows.shape)} for ids {list(ids.shape)}: from "
            f"axis {axis} on, the rows must have the shape of the ids."
        )
    require_known_range("add_rows", ids, size)
    return (*rows.shape[:axis], size, *rows.shape[axis + ids.ndim :]), rows.dtype


def _add_rows_numpy(rows: Array, ids: Array, *, size: int, axis: int) -> Array:
    require_range("add_rows", ids, size)
    before, after = rows.shape[:axis], rows.shape[axis + ids.ndim :]
    lines = np.moveaxis(rows.reshape(*before, ids.size, *after), axis, 0)
    return np.moveaxis(added_rows(lines, ids.reshape(-1), size), 0, axis)


def _add_rows_rule(
    g: Tensor, y: Tensor, rows: Tensor, ids: Tensor, *, size: int, axis: int
) -> Tensor:
    return apply(TAKE, g, ids, axis=axis)


ADD_ROWS = declare(
    Primitive(
        name="add_rows",
        family="rows",
        accepts="any",
        promotes=(),
        infer=_add_rows_infer,
        numpy=_add_rows_numpy,
        lowering="scatter",
        vjp=(_add_rows_rule, None),
        jvp="linear",
        jacobian="routing",
        notation=Notation("add_rows({}, {})"),
        says="adds rows into zeros: every row receives the upstream gradient of its place",
        branch=lambda rows, ids, *, size, axis: ids,
        deferred=True,
        examples=(
            Example((Operand((2, 3)), _SMALL), {"size": 4, "axis": 0}),
            Example((Operand((2, 3, 2)), Operand((2, 3), 0, 3, "int64")), {"size": 3, "axis": 0}),
            Example((Operand((2, 4)), Operand((4,), 0, 3, "int32")), {"size": 3, "axis": 1}),
            Example((Operand(()), Operand((), 0, 3, "int64")), {"size": 3, "axis": 0}),
            Example((Operand((0, 3)), Operand((0,), 0, 3, "int64")), {"size": 4, "axis": 0}),
        ),
        vmap=batched_add_rows,
    )
)


def _along_infer(x: Tensor, ids: Tensor, *, axis: int) -> tuple[Shape, DType]:
    require_ids("take_along_axis", ids)
    same = x.ndim == ids.ndim and all(
        a == b or i == axis for i, (a, b) in enumerate(zip(x.shape, ids.shape, strict=True))
    )
    if not same:
        raise ShapeError(
            f"take_along_axis was given {x.label} {list(x.shape)} and ids {list(ids.shape)}: apart "
            f"from axis {axis} their shapes must be equal, or 1. Reshape the ids, for example with "
            "cr.expand_dims(ids, -1)."
        )
    return ids.shape, x.dtype


def _along_numpy(x: Array, ids: Array, *, axis: int) -> Array:
    require_range("take_along_axis", ids, x.shape[axis])
    return np.take_along_axis(x, ids, axis)


def _along_rule(g: Tensor, y: Tensor, x: Tensor, ids: Tensor, *, axis: int) -> Tensor:
    return apply(ADD_ALONG_AXIS, g, ids, size=x.shape[axis], axis=axis)


TAKE_ALONG_AXIS = declare(
    Primitive(
        name="take_along_axis",
        family="rows",
        accepts="any",
        promotes=(),
        infer=_along_infer,
        numpy=_along_numpy,
        lowering="gather along",
        vjp=(_along_rule, None),
        jvp="linear",
        jacobian="routing",
        notation=Notation("{}[{}]"),
        says=lambda gate: (
            f"gathers: the {gate.value.size} picked elements receive their upstream gradient, the "
            "others nothing"
        ),
        branch=lambda x, ids, *, axis: ids,
        examples=(
            Example((Operand((2, 3)), Operand((2, 1), 0, 3, "int64")), {"axis": 1}),
            Example((Operand((3, 2)), Operand((4, 2), 0, 3, "int64")), {"axis": 0}),
            Example((Operand((0, 3)), Operand((0, 1), 0, 3, "int64")), {"axis": 1}),
        ),
        vmap="axis",
    )
)


def _add_along_numpy(g: Array, ids: Array, *, size: int, axis: int) -> Array:
    require_range("add_along_axis", ids, size)
    places: list[Array] = list(np.indices(g.shape, sparse=True))
    places[axis] = ids
    return added_at((*g.shape[:axis], size, *g.shape[axis + 1 :]), tuple(places), g)


def _add_along_infer(g: Tensor, ids: Tensor, *, size: int, axis: int) -> tuple[Shape, DType]:
    require_ids("add_along_axis", ids)
    if g.shape != ids.shape:
        raise ShapeError(
            f"add_along_axis was given {g.label} {list(g.shape)} and ids {list(ids.shape)}: "
            "their shapes must be equal, one id per element."
        )
    require_known_range("add_along_axis", ids, size)
    return (*g.shape[:axis], size, *g.shape[axis + 1 :]), g.dtype


def _add_along_rule(
    g: Tensor, y: Tensor, x: Tensor, ids: Tensor, *, size: int, axis: int
) -> Tensor:
    return apply(TAKE_ALONG_AXIS, g, ids, axis=axis)


ADD_ALONG_AXIS = declare(
    Primitive(
        name="add_along_axis",
        family="rows",
        accepts="any",
        promotes=(),
        infer=_add_along_infer,
        numpy=_add_along_numpy,
        lowering="scatter along",
        vjp=(_add_along_rule, None),
        jvp="linear",
        jacobian="routing",
        notation=Notation("add_along({}, {})"),
        says="adds elements into zeros: each receives the upstream gradient of its place",
        branch=lambda g, ids, *, size, axis: ids,
        examples=(
            Example((Operand((2, 1)), Operand((2, 1), 0, 3, "int64")), {"size": 3, "axis": 1}),
            Example((Operand((4, 2)), Operand((4, 2), 0, 3, "int64")), {"size": 3, "axis": 0}),
            Example((Operand((0, 1)), Operand((0, 1), 0, 3, "int64")), {"size": 3, "axis": 1}),
        ),
        vmap="axis",
    )
)


def _first_numpy(ids: Array) -> Array:
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def _first_infer(ids: Tensor) -> tuple[Shape, DType]:
    require_ids("first_occurrence", ids)
    if ids.ndim != 1:
        raise ShapeError(
            f"first_occurrence takes ids of one axis but was given shape {ids.shape}. "
            "Flatten them with ids.reshape(-1)."
        )
    return ids.shape, int64


FIRST_OCCURRENCE = declare(
    Primitive(
        name="first_occurrence",
        family="rows",
        accepts="integer",
        promotes=(),
        infer=_first_infer,
        numpy=_first_numpy,
        lowering="first occurrence",
        vjp=(None,),
        jvp="linear",
        jacobian="none",
        notation=Notation("first({})"),
        says="gives positions, integers: no gradient passes",
        branch=lambda ids: ids,
        examples=(
            Example((Operand((5,), 0, 3, "int64"),)),
            Example((Operand((0,), 0, 3, "int64"),)),
        ),
        vmap="scan",
    )
)


def take(x: TensorLike, ids: TensorLike, axis: int = 0) -> Tensor:
    """Return the entries of `x` at `ids` along `axis`.

    x        (*before, size, *after), with `axis` of extent size
    ids      integers of any shape, from 0 to size - 1
    returns  (*before, *ids.shape, *after), in the dtype of `x`

    The gradient is an `add_rows`. Raises RangeError for an id outside the axis, DTypeError for ids
    that are not integers.
    """
    table: Tensor = read_for(as_tensor(x))
    at = normalise_axis(axis, table.ndim)
    if table.lazy_rows is not None:
        if at == 0:
            return table.lazy_rows.rows(table, ids)
        table.lazy_rows.before_gate("take")
    return _looked_up(TAKE, table, ids, at)


def take_stored(x: Tensor, ids: Tensor) -> Tensor:
    """Return the rows of `x` at `ids` as they are stored, without deferred updates."""
    return _looked_up(TAKE, x, ids, 0)


def add_rows(rows: TensorLike, ids: TensorLike, size: int, axis: int = 0) -> Tensor:
    """Return zeros with `rows` added at `ids` along `axis`, the transpose of `take`.

    rows     (*before, *ids.shape, *after)
    ids      integers from 0 to size - 1; rows of equal ids are summed
    returns  (*before, size, *after), in the dtype of `rows`

    Raises RangeError for an id outside the axis, ShapeError or DTypeError for operands that do not
    fit.
    """
    rows, ids = as_tensor(rows), as_tensor(ids)
    at = normalise_axis(axis, rows.ndim - ids.ndim + 1)
    return apply(ADD_ROWS, rows, ids, size=size, axis=at)


def within(name: str, ids: Tensor, size: int) -> Tensor:
    """Return ids unchanged; raise RangeError, at the latest at run time, for ids outside.

    name  the function that takes the ids, for the message
    """
    require_known_range(name, ids, size)
    return ids if ids.known else take(np.arange(size, dtype=comparable(ids).dtype), ids)


def take_along_axis(x: TensorLike, ids: TensorLike, axis: int = -1) -> Tensor:
    """Return the entries of `x` at `ids` along `axis`, one id per entry of the result.

    ids      integers from 0 to size - 1, with as many axes as `x`; all axes but `axis` broadcast
    returns  a tensor of the broadcast shape of `ids`, in the dtype of `x`

    Raises RangeError for an id outside the axis, ShapeError or DTypeError for ids that do not fit.
    """
    x, ids = as_tensor(x), as_tensor(ids)
    at = normalise_axis(axis, x.ndim)
    return _looked_up(TAKE_ALONG_AXIS, *beside(x, ids, at), at)


def add_along_axis(x: TensorLike, ids: TensorLike, size: int, axis: int = -1) -> Tensor:
    """Return zeros with `x` added at `ids` along `axis`, the transpose of `take_along_axis`.

    ids      integers from 0 to size - 1, of the shape of `x`; elements of equal ids are summed
    returns  a tensor of the shape of `x` with extent `size` along `axis`

    Raises RangeError for an id outside the axis, ShapeError or DTypeError for ids that do not fit.
    """
    x = as_tensor(x)
    return apply(ADD_ALONG_AXIS, x, ids, size=size, axis=normalise_axis(axis, x.ndim))


def first_occurrence(ids: TensorLike) -> Tensor:
    """Return, for each of `ids` (n,), the position of the first equal id: int64 (n,).

    Raises ShapeError or DTypeError for ids that are not integers of one axis.
    """
    return apply(FIRST_OCCURRENCE, ids)


def one_hot(ids: TensorLike, size: int, dtype: Any = "float32") -> Tensor:
    """Return the one-hot vectors of ids: (*ids.shape, size), zeros with a one at each id.

    Raises RangeError for an id outside 0 to size - 1, DTypeError for ids that are not integers. For
    padding use cr.where(mask, ids, 0) and multiply by the mask.
    """
    ids = as_tensor(ids)
    require_ids("one_hot", ids)
    ids = within("one_hot", comparable(ids), size)
    return (ids.reshape(*ids.shape, 1) == np.arange(size, dtype=ids.dtype)).astype(dtype)


def sum_row_gradients(gradients: Sequence[Tensor]) -> Tensor | None:
    """Return the sum of several `add_rows` of one table as one `add_rows`; None for other gates.

    The gradient of a table with several lookups stays a list of rows.
    """
    first = gradients[0]
    axes = {each.attributes.get("axis") for each in gradients}
    if any(each.primitive is not ADD_ROWS for each in gradients) or axes != {0}:
        return None
    row = first.shape[1:]
    pairs = [each.inputs for each in gradients]
    rows = concat([each.reshape(ids.size, *row) for each, ids in pairs])
    ids = concat([ids.reshape(ids.size) for _, ids in pairs])
    return add_rows(rows, ids, first.shape[0])
