"""Cross-entropy of classes, with weights, masks, label smoothing and soft targets."""

from __future__ import annotations

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.converting import as_float
from chainrule.ops.labels import (
    counted_labels,
    counted_scores,
    counting,
    require_labels,
    require_mask,
)
from chainrule.ops.loss_reduction import Reduction, reduced
from chainrule.ops.named_gate import named_gate
from chainrule.ops.normalising import log_softmax
from chainrule.ops.rows import take, take_along_axis
from chainrule.ops.where import where


@named_gate(
    "compares: the scores of an example receive p - t: the probability of each class less the "
    "target, over the number of examples"
)
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
    """Return the softmax cross-entropy of classes: the mean of -Σ_c t_c log softmax(scores)_c.

    scores           (..., classes), unnormalised; integers become float64
    targets          (...), integer labels from 0 to classes - 1; or (..., classes), float: the
                     probabilities t; a term with t = 0 is 0
    class_weights    (classes,), the weight of the term of each class; the mean is then
                     Σ loss / Σ weight for labels, Σ loss / count for probabilities
    label_smoothing  e: t becomes (1 - e) t + e / classes. Szegedy et al. (2016), section 7
    ignore_index     a label that is not counted, such as that of padding; for labels only
    mask             (...), bool: the positions that are counted; others are not read
    reduction        "mean" over the counted positions (0 without any), "sum", or "none": (...)
    returns          a scalar; its gradient with respect to scores is (p - t) / count

    Raises ShapeError or DTypeError for operands that do not fit, RangeError for a label outside
    the classes, ValueError for a smoothing outside [0, 1] or an ignore_index with probabilities.
    """
    scores, targets = as_float(scores), as_tensor(targets)
    weights = _class_weights(class_weights, scores)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"cross_entropy was given label_smoothing={label_smoothing}. Give a share from 0 to 1."
        )
    if targets.dtype.kind == "f" and targets.shape == scores.shape and scores.ndim:
        _refuse_ignore_index(ignore_index)
        counted = require_mask(scores, mask)
        soft = targets.astype(scores.dtype) * (1 - label_smoothing)
        soft = soft + label_smoothing / scores.shape[-1] if label_smoothing else soft
        logs = log_softmax(counted_scores(scores, counted))
        return _of_terms(logs, soft, weights, counted, reduction)
    require_labels("cross_entropy", scores, targets)
    counted = counting(scores, targets, ignore_index, mask)
    labels = counted_labels("cross_entropy", scores, targets, counted)
    logs = log_softmax(counted_scores(scores, counted))
    return _of_labels(logs, labels, weights, label_smoothing, counted, reduction)


@named_gate(
    "compares: the log-probability of the label receives -upstream over the number of examples, "
    "the others nothing"
)
def negative_log_likelihood(
    log_probabilities: TensorLike,
    labels: TensorLike,
    *,
    class_weights: TensorLike | None = None,
    ignore_index: int | None = None,
    mask: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the negative log-likelihood: the mean of -log_probabilities[label].

    log_probabilities  (..., classes), such as the result of `log_softmax`
    labels             (...), integers from 0 to classes - 1
    returns            a scalar, or (...) for reduction="none"

    Options and errors are those of `cross_entropy`, which applies this to `log_softmax(scores)`.
    """
    name, given, labels = "negative_log_likelihood", as_float(log_probabilities), as_tensor(labels)
    require_labels(name, given, labels)
    counted = counting(given, labels, ignore_index, mask)
    weights = _class_weights(class_weights, given)
    labels = counted_labels(name, given, labels, counted)
    return _of_labels(given, labels, weights, 0.0, counted, reduction)


def _of_labels(
    logs: Tensor,
    labels: Tensor,
    weights: Tensor | None,
    smoothing: float,
    counted: Tensor | None,
    reduction: Reduction,
) -> Tensor:
    picked = take_along_axis(logs, labels.reshape(*labels.shape, 1))
    if weights is None and counted is None and not smoothing and reduction == "mean":
        return -reduced(picked, "mean")
    values = -picked.reshape(labels.shape)
    each = None if weights is None else take(weights, labels)
    values = values if each is None else values * each
    if smoothing:
        terms = logs if weights is None else logs * weights
        values = values * (1 - smoothing) - terms.sum(-1) * (smoothing / logs.shape[-1])
    return reduced(values, reduction, each, counted)


def _of_terms(
    logs: Tensor,
    soft: Tensor,
    weights: Tensor | None,
    counted: Tensor | None,
    reduction: Reduction,
) -> Tensor:
    terms = where(soft == 0, 0, logs) * soft
    terms = terms if weights is None else terms * weights
    return reduced(-terms.sum(-1), reduction, counted=counted)


def _refuse_ignore_index(ignore_index: int | None) -> None:
    if ignore_index is not None:
        raise ValueError(
            f"cross_entropy was given ignore_index={ignore_index} with probabilities as targets, "
            "among which there are no labels to ignore. Select the counted positions by mask."
        )


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
