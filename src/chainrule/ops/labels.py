"""Labels: what losses of classes ask of them."""

from __future__ import annotations

from chainrule.graph import DTypeError, ShapeError, Tensor


def require_labels(name: str, scores: Tensor, labels: Tensor) -> None:
    """Raise DTypeError or ShapeError unless `labels` are class numbers, one per row of scores."""
    if labels.dtype.kind != "i":
        raise DTypeError(
            f"{name} takes class numbers as integer labels but was given {labels.dtype}. "
            "Convert with labels.astype('int64'), or take cr.argmax of one-hot rows."
        )
    if scores.ndim == 0 or scores.shape[:-1] != labels.shape:
        raise ShapeError(
            f"{name} was given scores {list(scores.shape)} and labels {list(labels.shape)}. "
            "Labels must have the shape of the scores without the last axis, the classes."
        )
