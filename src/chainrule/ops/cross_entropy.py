"""Cross-entropy of classes: recipes with weights, masks, smoothed labels and soft targets."""

from __future__ import annotations

from chainrule.graph import DTypeError, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.labels import require_labels
from chainrule.ops.normalising import log_softmax
from chainrule.ops.reduction import Reduction, reduced
from chainrule.ops.rows import take, take_along_axis
from chainrule.ops.where import where


def cross_entropy(
    scores: TensorLike,
    targets: TensorLike,
    *,
    class_weights: TensorLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    mask: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the mean of -Σ_c t_c log softmax(scores)_c: the softmax cross-entropy of classes.

    scores           (..., classes), float, unnormalised
    targets          (...), integer labels from 0 to classes - 1; or (..., classes), float: t
                     itself, probabilities
    class_weights    (classes,): the term of class c counts so much; the mean of labels is then
                     Σ loss / Σ weight of the labels, that of probabilities Σ loss / count
    label_smoothing  e: t becomes (1 - e) t + e / classes. Szegedy et al. (2016), section 7
    ignore_index     a label that does not count, such as that of padding
    mask             (...), bool: positions that count; what stands elsewhere is not looked at
    reduction        "mean" over what counts (0 if nothing does), "sum", or "none": (...)
    returns          a scalar; its gradient with respect to scores is (p - t) / count

    Raises ShapeError or DTypeError on operands that do not fit, RangeError on a label outside,
    ValueError for a smoothing outside [0, 1].
    """
    scores, targets = as_tensor(scores), as_tensor(targets)
    weights = _class_weights(class_weights, scores)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"cross_entropy was given label_smoothing={label_smoothing}. Give a share from 0 to 1."
        )
    if targets.dtype.kind == "f" and targets.shape == scores.shape and scores.ndim:
        counted = _mask(mask, scores)
        soft = targets.astype(scores.dtype) * (1 - label_smoothing)
        soft = soft + label_smoothing / scores.shape[-1] if label_smoothing else soft
        return _of_terms(log_softmax(scores), soft, weights, counted, reduction)
    require_labels("cross_entropy", scores, targets)
    counted = _counted(targets, ignore_index, _mask(mask, scores))
    return _of_labels(log_softmax(scores), targets, weights, label_smoothing, counted, reduction)


def negative_log_likelihood(
    log_probabilities: TensorLike,
    labels: TensorLike,
    *,
    class_weights: TensorLike | None = None,
    ignore_index: int | None = None,
    mask: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the mean of -log_probabilities[label]: (..., classes) and (...) to a scalar.

    All else is as in `cross_entropy`, which is this on `log_softmax` of its scores.
    """
    given, labels = as_tensor(log_probabilities), as_tensor(labels)
    require_labels("negative_log_likelihood", given, labels)
    counted = _counted(labels, ignore_index, _mask(mask, given))
    weights = _class_weights(class_weights, given)
    return _of_labels(given, labels, weights, 0.0, counted, reduction)


def _of_labels(
    logs: Tensor,
    labels: Tensor,
    weights: Tensor | None,
    smoothing: float,
    counted: Tensor | None,
    reduction: Reduction,
) -> Tensor:
    safe = labels if counted is None else where(counted, labels, 0)
    picked = take_along_axis(logs, safe.reshape(*labels.shape, 1))
    if weights is None and counted is None and not smoothing and reduction == "mean":
        return -picked.mean()
    values = -picked.reshape(labels.shape)
    each = None if weights is None else take(weights, safe)
    values = values if each is None else values * each
    if smoothing:
        terms = logs if weights is None else logs * weights
        values = values * (1 - smoothing) - terms.sum(-1) * (smoothing / logs.shape[-1])
    if counted is not None:
        values = where(counted, values, 0)
        each = counted.astype(logs.dtype) if each is None else where(counted, each, 0)
    return reduced(values, reduction, each)


def _of_terms(
    logs: Tensor,
    soft: Tensor,
    weights: Tensor | None,
    counted: Tensor | None,
    reduction: Reduction,
) -> Tensor:
    terms = logs * soft if weights is None else logs * soft * weights
    values = -terms.sum(-1)
    if counted is None:
        return reduced(values, reduction)
    return reduced(where(counted, values, 0), reduction, counted.astype(logs.dtype))


def _counted(labels: Tensor, ignore_index: int | None, mask: Tensor | None) -> Tensor | None:
    """Return which positions count, None for all."""
    if ignore_index is None:
        return mask
    other = labels != ignore_index
    return other if mask is None else other & mask


def _mask(mask: TensorLike | None, scores: Tensor) -> Tensor | None:
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


def _class_weights(given: TensorLike | None, scores: Tensor) -> Tensor | None:
    if given is None:
        return None
    weights = as_tensor(given)
    if scores.ndim == 0 or weights.shape != scores.shape[-1:]:
        raise ShapeError(
            f"class_weights was given with shape {weights.shape} for scores of shape "
            f"{scores.shape}. Give one number per class, the last axis of the scores."
        )
    return weights.astype(scores.dtype)
