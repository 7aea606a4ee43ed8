"""Losses of margins, distances and probabilities.

Losses compute in the dtype of their first operand, the prediction; integers become float64.
"""

from __future__ import annotations

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.activations import softplus
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import log
from chainrule.ops.labels import counted_labels, counted_scores, counting, require_labels
from chainrule.ops.loss_reduction import Reduction, reduced
from chainrule.ops.named_gate import named_gate
from chainrule.ops.rows import one_hot, take_along_axis
from chainrule.ops.where import maximum, minimum, where


@named_gate(
    "compares: a class within the margin receives upstream over the number of examples, the label "
    "the negative of their sum"
)
def hinge(
    scores: TensorLike,
    labels: TensorLike,
    margin: float = 1.0,
    *,
    ignore_index: int | None = None,
    mask: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the multiclass hinge loss: the mean of Σ_{j ≠ label} max(0, s_j - s_label + margin).

    scores              (..., classes)
    labels              (...), integers from 0 to classes - 1
    ignore_index, mask  as in `cross_entropy`
    reduction           "mean", "sum", or "none": (...)
    returns             a scalar

    Weston and Watkins (1999). Raises ShapeError, DTypeError or RangeError for operands that do not
    fit.
    """
    scores, labels = as_float(scores), as_tensor(labels)
    require_labels("hinge", scores, labels)
    counted = counting(scores, labels, ignore_index, mask)
    labels = counted_labels("hinge", scores, labels, counted)
    scores = counted_scores(scores, counted)
    own = take_along_axis(scores, labels.reshape(*labels.shape, 1))
    others = 1 - one_hot(labels, scores.shape[-1], scores.dtype)
    values = (maximum(scores - own + margin, 0) * others).sum(-1)
    return reduced(values, reduction, counted=counted)


@named_gate(
    "compares: a pair within the margin sends upstream to the corrupt score, and the negative to "
    "the true one; others send nothing"
)
def max_margin(
    true_scores: TensorLike,
    corrupt_scores: TensorLike,
    margin: float = 1.0,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the max-margin loss of pairs: the mean of max(0, margin - s + s_corrupt).

    true_scores, corrupt_scores  of equal shapes (...)
    reduction                    "mean", "sum", or "none": (...)
    returns                      a scalar

    Collobert and Weston (2008), for scores of true and corrupted windows. Raises ShapeError unless
    the shapes are equal.
    """
    true, corrupt = _pair("max_margin", "true scores", true_scores, "corrupt", corrupt_scores)
    return reduced(maximum(corrupt - true + margin, 0), reduction)


@named_gate(
    "compares: a prediction receives twice its distance to the target, over the number of elements"
)
def squared_error(
    predicted: TensorLike, targets: TensorLike, *, reduction: Reduction = "mean"
) -> Tensor:
    """Return the mean squared error: the mean of (predicted - targets)².

    predicted, targets  of equal shapes (...)
    reduction           "mean", "sum", or "none": (...)
    returns             a scalar

    Raises ShapeError unless the shapes are equal.
    """
    difference = _difference("squared_error", predicted, targets)
    return reduced(difference * difference, reduction)


@named_gate(
    "compares: a prediction receives the sign of its distance to the target, over the number "
    "of elements"
)
def absolute_error(
    predicted: TensorLike, targets: TensorLike, *, reduction: Reduction = "mean"
) -> Tensor:
    """Return the mean absolute error: the mean of |predicted - targets|.

    predicted, targets  of equal shapes (...)
    reduction           "mean", "sum", or "none": (...)
    returns             a scalar; its gradient is 0 where both are equal

    Raises ShapeError unless the shapes are equal.
    """
    return reduced(abs(_difference("absolute_error", predicted, targets)), reduction)


@named_gate(
    "compares: a prediction receives its distance to the target, at most delta, over the number "
    "of elements"
)
def huber(
    predicted: TensorLike,
    targets: TensorLike,
    delta: float = 1.0,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the Huber loss: the mean of d² / 2 for d <= delta, else of delta (d - delta / 2).

    predicted, targets  of equal shapes (...); d is |predicted - targets|
    delta               the distance where the loss becomes linear, so that outliers count less
    reduction           "mean", "sum", or "none": (...)
    returns             a scalar

    Huber, Robust estimation of a location parameter (1964). Raises ShapeError unless the shapes are
    equal, ValueError unless delta is positive.
    """
    if delta <= 0:
        raise ValueError(f"huber was given delta={delta}. Give a positive distance.")
    distance = abs(_difference("huber", predicted, targets))
    near = minimum(distance, delta)
    return reduced(near * (distance - near * 0.5), reduction)


@named_gate(
    "compares: a score receives p - t: the probability less the target, over the number of elements"
)
def binary_cross_entropy(
    scores: TensorLike,
    targets: TensorLike,
    *,
    positive_weight: TensorLike = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the binary cross-entropy: the mean of -w t log σ(s) - (1 - t) log(1 - σ(s)).

    scores           s, (...), unnormalised (logits); the loss does not overflow
    targets          t, of the same shape: probabilities of the positive class, bools, or 0 and 1
    positive_weight  w, the weight of positive examples; broadcasts to the shape of the scores
    reduction        "mean", "sum", or "none": (...)
    returns          a scalar; its gradient for w = 1 is (σ(s) - t) / count

    Raises ShapeError unless the shapes are equal, or for weights that do not broadcast to them.
    """
    scores, targets = _pair("binary_cross_entropy", "scores", scores, "targets", targets)
    positive = targets * _positive_weight(positive_weight, scores)
    return reduced((1 - targets) * softplus(scores) + positive * softplus(-scores), reduction)


@named_gate("compares: a log-probability receives -t, the target, over the number of rows")
def kl_divergence(
    log_predicted: TensorLike, targets: TensorLike, *, reduction: Reduction = "mean"
) -> Tensor:
    """Return the Kullback-Leibler divergence: the mean over rows of Σ_c t_c (log t_c - log p_c).

    log_predicted  log p, (..., classes), such as the result of `log_softmax`
    targets        t, (..., classes): probabilities; a term with t = 0 is 0
    reduction      over the rows (...); "mean" is PyTorch's "batchmean"
    returns        a scalar

    Kullback and Leibler (1951). Raises ShapeError unless the shapes are equal, and for scalars.
    """
    logs, targets = _pair("kl_divergence", "log-probabilities", log_predicted, "targets", targets)
    if logs.ndim == 0:
        raise ShapeError("kl_divergence was given scalars; it needs an axis of classes.")
    counts = targets > 0
    terms = targets * (log(where(counts, targets, 1)) - where(counts, logs, 0))
    return reduced(terms.sum(-1), reduction)


def _positive_weight(given: TensorLike, scores: Tensor) -> Tensor:
    weight = as_tensor(given).astype(scores.dtype)
    shared = zip(weight.shape[::-1], scores.shape[::-1], strict=False)
    if weight.ndim > scores.ndim or any(own not in (1, extent) for own, extent in shared):
        raise ShapeError(
            f"binary_cross_entropy was given a positive_weight of shape {weight.shape} for scores "
            f"of shape {scores.shape}, to which it cannot be broadcast. Give one number, or one "
            "per element of the last axis."
        )
    return weight


def _difference(name: str, predicted: TensorLike, targets: TensorLike) -> Tensor:
    first, second = _pair(name, "predictions", predicted, "targets", targets)
    return first - second


def _pair(
    name: str, word: str, first: TensorLike, other: str, second: TensorLike
) -> tuple[Tensor, Tensor]:
    """Return both operands as floats, in the dtype of the first.

    Targets of NumPy are float64 and would promote the loss. Raises ShapeError unless the shapes are
    equal.
    """
    a, b = as_float(first), as_tensor(second)
    if a.shape != b.shape:
        raise ShapeError(
            f"{name} was given {word} {list(a.shape)} and {other} {list(b.shape)}. "
            "Broadcasting would compare every pair; reshape one of them."
        )
    return a, b.astype(a.dtype)
