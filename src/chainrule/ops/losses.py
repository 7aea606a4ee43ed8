"""Losses: recipes that turn scores and truth into one number."""

from __future__ import annotations

from chainrule.graph import DTypeError, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.normalising import log_softmax
from chainrule.ops.rows import one_hot, take_along_axis
from chainrule.ops.where import maximum


def cross_entropy(scores: TensorLike, labels: TensorLike) -> Tensor:
    """Return the mean of -log softmax(scores)[label]: the softmax cross-entropy of classes.

    scores   (..., classes), float, unnormalised
    labels   (...), int32 or int64, from 0 to classes - 1
    returns  a scalar; its gradient with respect to scores is (p - y) / count

    Raises ShapeError or DTypeError on operands that do not fit, RangeError on a label outside.
    """
    scores, labels = as_tensor(scores), as_tensor(labels)
    _require_labels("cross_entropy", scores, labels)
    picked = take_along_axis(log_softmax(scores), labels.reshape(*labels.shape, 1))
    return -picked.mean()


def hinge(scores: TensorLike, labels: TensorLike, margin: float = 1.0) -> Tensor:
    """Return the mean multiclass SVM loss Σ_{j ≠ label} max(0, s_j - s_label + margin).

    scores (..., classes), labels (...) as in `cross_entropy`. Weston and Watkins (1999).
    """
    scores, labels = as_tensor(scores), as_tensor(labels)
    _require_labels("hinge", scores, labels)
    own = take_along_axis(scores, labels.reshape(*labels.shape, 1))
    others = 1 - one_hot(labels, scores.shape[-1], scores.dtype)
    return (maximum(scores - own + margin, 0) * others).sum(-1).mean()


def max_margin(true_scores: TensorLike, corrupt_scores: TensorLike, margin: float = 1.0) -> Tensor:
    """Return the mean window loss max(0, margin - s + s_corrupt); shapes equal.

    Collobert and Weston (2008): a true window shall score higher than a corrupted one.
    """
    true_scores, corrupt_scores = as_tensor(true_scores), as_tensor(corrupt_scores)
    return maximum(corrupt_scores - true_scores + margin, 0).mean()


def squared_error(predicted: TensorLike, target: TensorLike) -> Tensor:
    """Return the mean of (predicted - target)²; raises ShapeError unless shapes are equal."""
    predicted, target = as_tensor(predicted), as_tensor(target)
    if predicted.shape != target.shape:
        raise ShapeError(
            f"squared_error was given predictions {list(predicted.shape)} and targets "
            f"{list(target.shape)}. Broadcasting would compare every pair; reshape one of them."
        )
    away = predicted - target
    return (away * away).mean()


def _require_labels(name: str, scores: Tensor, labels: Tensor) -> None:
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
