"""Ids: integers that index an axis, and the errors for ids outside it."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, DTypeError, RangeError, Shape, Tensor, int64, is_integer
from chainrule.ops.shaping import broadcast_to


def require_ids(name: str, ids: Tensor) -> None:
    """Raise DTypeError unless ids are integers."""
    if not is_integer(ids.dtype):
        raise DTypeError(
            f"{name} gathers by integer ids but was given {ids.label} of dtype {ids.dtype}. "
            "Convert with ids.astype('int64'); for a mask use cr.where."
        )


def comparable(ids: Tensor) -> Tensor:
    """Return ids in a dtype that holds the size of any axis: int64 unless they are int32."""
    return ids if ids.dtype.kind == "i" and ids.dtype.itemsize >= 4 else ids.astype(int64)


def require_range(name: str, ids: Array, size: int) -> None:
    """Raise RangeError, which names the id and its position, if an id is outside an axis."""
    outside = first_outside(ids, size)
    if outside is not None:
        raise RangeError(
            f"{name} was given the id {ids[outside]} at position {outside}, but the axis it points "
            f"into has size {size}: ids run from 0 to {size - 1}. Check the vocabulary, or the "
            "labels and the ignore_index of the loss."
        )


def require_known_range(name: str, ids: Tensor, size: int) -> None:
    """Raise RangeError, which names the tensor of ids, if a known id is outside an axis."""
    if ids.known:
        try:
            require_range(name, ids.peek(), size)
        except RangeError as error:
            raise RangeError(f"{error} The ids are those of {ids.label}.") from None


def first_outside(ids: Array, size: int) -> tuple[int, ...] | None:
    """Return the position of the first id outside 0 to size - 1, or None."""
    outside = (ids < 0) | (ids >= size)
    return tuple(int(i) for i in np.argwhere(outside)[0]) if outside.any() else None


def operand_labels(ids: Tensor, table: Tensor) -> str:
    """Return a sentence with the labels of the operands of a failed lookup."""
    return f"The ids are those of {ids.label}, the axis is one of {table.label}."


def beside(x: Tensor, ids: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return both broadcast along all axes but `axis`; unchanged if they do not broadcast."""
    others = [each.shape[:axis] + each.shape[axis + 1 :] for each in (x, ids)]
    if x.ndim != ids.ndim or others[0] == others[1] or not _broadcast(*others):
        return x, ids
    wide = np.broadcast_shapes(*others)
    return (
        broadcast_to(x, (*wide[:axis], x.shape[axis], *wide[axis:])),
        broadcast_to(ids, (*wide[:axis], ids.shape[axis], *wide[axis:])),
    )


def _broadcast(first: Shape, second: Shape) -> bool:
    return all(a == b or 1 in (a, b) for a, b in zip(first, second, strict=True))
