"""Lengths of the sequences of a padded batch, and their mask."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Array,
    Constant,
    DTypeError,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    is_integer,
)
from chainrule.ops import take


def sequence_mask(lengths: TensorLike, steps: int) -> Tensor:
    """Return bools (batch, steps), true at the steps within a sequence.

    lengths  integers (batch,), from 1 to `steps`; also without a value, inside `cr.compile`

    Raises DTypeError, ShapeError or RangeError for other lengths; a compiled call with a length
    outside this range raises RangeError too, and changes nothing.
    """
    return within(lengths, steps).reshape(-1, 1) > np.arange(steps)


def within(lengths: TensorLike, steps: int, batch: int | None = None) -> Tensor:
    """Return `lengths` (batch,) as int64; raises unless all are from 1 to `steps`."""
    lengths = as_tensor(lengths)
    if not is_integer(lengths.dtype):
        raise DTypeError(f"lengths were given as {lengths.dtype}. Give integers, one per sequence.")
    if lengths.ndim != 1 or batch not in (None, lengths.shape[0]):
        count = "batch" if batch is None else batch
        raise ShapeError(
            f"lengths were given with shape {lengths.shape}. Give one per sequence, shape "
            f"({count},)."
        )
    if lengths.known:
        _require_range(lengths.peek(), steps)
    return _looked_up(lengths.astype("int64") - 1, steps)


def _looked_up(ids: Tensor, steps: int) -> Tensor:
    """Return ids + 1 by a lookup, which checks the range of lengths in compiled calls too."""
    ids.name = "lengths - 1"
    ends = Constant(np.arange(1, steps + 1), "the steps of the padded batch")
    return take(ends, ids)


def _require_range(lengths: Array, steps: int) -> None:
    outside = np.flatnonzero((lengths < 1) | (lengths > steps))
    if outside.size:
        position = int(outside[0])
        raise RangeError(
            f"Sequence {position} of the batch was given the length {lengths[position]}, but the "
            f"padded batch has {steps} steps: lengths run from 1 to {steps}. Leave empty sequences "
            "out of the batch."
        )
