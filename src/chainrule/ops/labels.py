"""Labels and masks of losses: checks, and the selection of counted positions."""

from __future__ import annotations

from chainrule.graph import (
    DTypeError,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    is_integer,
)
from chainrule.ops.ids import comparable, first_outside
from chainrule.ops.where import where


def require_labels(name: str, scores: Tensor, labels: Tensor) -> None:
    """Raise DTypeError or ShapeError unless `labels` are integers, one per row of scores."""
    if not is_integer(labels.dtype):
        raise DTypeError(
            f"{name} takes class numbers as integer labels but was given {labels.dtype}. "
            "Convert with labels.astype('int64'), or use cr.argmax for one-hot rows."
        )
    if scores.ndim == 0 or scores.shape[:-1] != labels.shape:
        raise ShapeError(
            f"{name} was given scores {list(scores.shape)} and labels {list(labels.shape)}. "
            "Labels must have the shape of the scores without the last axis, the classes."
        )


def counting(
    scores: Tensor, labels: Tensor, ignore_index: int | None, mask: TensorLike | None
) -> Tensor | None:
    """Return the counted positions as bools of the shape of the labels, or None for all."""
    given = require_mask(scores, mask)
    if ignore_index is None:
        return given
    other = comparable(labels) != ignore_index
    return other if given is None else other & given


def require_mask(scores: Tensor, mask: TensorLike | None) -> Tensor | None:
    """Return the mask as a tensor; raise DTypeError or ShapeError unless it fits the scores."""
    if mask is None:
        return None
    given = as_tensor(mask)
    if given.dtype.kind != "b":
        raise DTypeError(
            f"The mask of a loss says which positions count, but was given as {given.dtype}. "
            "Compare it, as in ids != padding, to get bools."
        )
    if given.shape != scores.shape[:-1]:
        raise ShapeError(
            f"The mask of a loss was given with shape {given.shape} for scores of shape "
            f"{scores.shape}. It has their shape without the last axis, the classes."
        )
    return given


def counted_scores(scores: Tensor, counted: Tensor | None) -> Tensor:
    """Return scores with zeros at positions that are not counted, where NaN would spread."""
    if counted is None:
        return scores
    return where(counted.reshape(*counted.shape, 1), scores, 0)


def counted_labels(name: str, scores: Tensor, labels: Tensor, counted: Tensor | None) -> Tensor:
    """Return labels with zeros where not counted; raise RangeError for other labels."""
    found = labels if counted is None else where(counted, labels, 0)
    classes = scores.shape[-1]
    outside = first_outside(found.peek(), classes) if found.known else None
    if outside is not None:
        raise RangeError(
            f"{name} was given the label {found.peek()[outside]} at position {outside}, but the "
            f"scores have {classes} classes: labels run from 0 to {classes - 1}. Pass a label that "
            "must not count, such as that of padding, as ignore_index."
        )
    return found
