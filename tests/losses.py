"""Losses beside those of PyTorch: what they are given, and what PyTorch calls them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
import loss_formulas as f

nn = cr.nn
RANDOM = np.random.default_rng(31)
LABELS = RANDOM.integers(0, 4, (2, 5))
PADDED = np.where([[0, 0, 0, 0, 1], [0, 0, 1, 1, 1]], -100, LABELS)
MASK = PADDED != -100
SEEN = np.array([[0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], bool)
WEIGHTS = np.array([0.5, 2.0, 1.0, 0.25])
SOFT = RANDOM.dirichlet(np.ones(4), (2, 5))
SPARSE = np.eye(4)[LABELS]
SCORES = RANDOM.normal(size=(2, 5, 4))
LOGS = np.log(RANDOM.dirichlet(np.ones(4), (2, 5)))
ONES = RANDOM.integers(0, 2, (3, 4)).astype(float)
FIRST, SECOND = RANDOM.normal(size=(2, 3, 4)) * 2


@dataclass(frozen=True)
class Loss:
    """One row: our function and PyTorch's, of x and a reduction; x; the formula in NumPy."""

    ours: Any
    theirs: Any
    x: Any
    formula: Any


def classes(targets, name="cross_entropy", **options):
    """Return a loss of classes, which PyTorch wants on axis 1, as a function of x and reduction."""

    def theirs(torch, x, reduction):
        many = np.moveaxis(targets, -1, 1) if targets.ndim == 3 else targets
        given = {
            name: torch.tensor(each) if isinstance(each, np.ndarray) else each
            for name, each in options.items()
        }
        loss = getattr(torch.nn.functional, name)
        return loss(x.movedim(-1, 1), torch.tensor(many), reduction=reduction, **given)

    return theirs


def values(name, target, **options):
    """Return a loss of numbers beside numbers, as a function of PyTorch, x and reduction."""
    return lambda torch, x, reduction: getattr(torch.nn.functional, name)(
        x, torch.tensor(target), reduction=reduction, **options
    )


def kl(torch, x, reduction):
    """PyTorch's "mean" of it is over all numbers; "batchmean" is over rows."""
    rows = torch.nn.functional.kl_div(x, torch.tensor(SOFT), reduction="none").sum(-1)
    return rows if reduction == "none" else getattr(rows, reduction)()


def hinge(torch, x, reduction):
    """PyTorch divides by the number of classes as well."""
    own = torch.nn.functional.multi_margin_loss(
        x.reshape(-1, 4), torch.tensor(LABELS.reshape(-1)), reduction=reduction
    )
    return 4 * (own.reshape(2, 5) if reduction == "none" else own)


def padded_hinge(torch, x, reduction):
    """PyTorch has no padding here: its losses of what counts, in their places."""
    counted = torch.tensor(MASK & SEEN)
    every = torch.where(counted, hinge(torch, x, "none"), 0.0)
    return {"none": every, "sum": every.sum(), "mean": every.sum() / counted.sum()}[reduction]


def ranking(torch, x, reduction):
    return torch.nn.functional.margin_ranking_loss(
        x, torch.tensor(SECOND), torch.ones(3, 4), margin=0.5, reduction=reduction
    )


LOSSES = {
    "cross-entropy": Loss(
        lambda x, r: nn.cross_entropy(x, LABELS, reduction=r),
        classes(LABELS),
        SCORES,
        f.of_labels(LABELS),
    ),
    "cross-entropy, smoothed": Loss(
        lambda x, r: nn.cross_entropy(x, LABELS, label_smoothing=0.1, reduction=r),
        classes(LABELS, label_smoothing=0.1),
        SCORES,
        f.of_labels(LABELS, smoothing=0.1),
    ),
    "cross-entropy, weighted": Loss(
        lambda x, r: nn.cross_entropy(x, LABELS, class_weights=WEIGHTS, reduction=r),
        classes(LABELS, weight=WEIGHTS),
        SCORES,
        f.of_labels(LABELS, weights=WEIGHTS),
    ),
    "cross-entropy, padded": Loss(
        lambda x, r: nn.cross_entropy(x, PADDED, ignore_index=-100, reduction=r),
        classes(PADDED),
        SCORES,
        f.of_labels(PADDED, counted=MASK),
    ),
    "cross-entropy, masked": Loss(
        lambda x, r: nn.cross_entropy(x, PADDED, mask=MASK, reduction=r),
        classes(PADDED),
        SCORES,
        f.of_labels(PADDED, counted=MASK),
    ),
    "cross-entropy, all of it": Loss(
        lambda x, r: nn.cross_entropy(
            x,
            PADDED,
            class_weights=WEIGHTS,
            label_smoothing=0.2,
            ignore_index=-100,
            mask=MASK,
            reduction=r,
        ),
        classes(PADDED, weight=WEIGHTS, label_smoothing=0.2),
        SCORES,
        f.of_labels(PADDED, weights=WEIGHTS, smoothing=0.2, counted=MASK),
    ),
    "cross-entropy of probabilities": Loss(
        lambda x, r: nn.cross_entropy(x, SOFT, reduction=r),
        classes(SOFT),
        SCORES,
        f.of_probabilities(SOFT),
    ),
    "cross-entropy of probabilities, all of it": Loss(
        lambda x, r: nn.cross_entropy(
            x, SOFT, class_weights=WEIGHTS, label_smoothing=0.2, reduction=r
        ),
        classes(SOFT, weight=WEIGHTS, label_smoothing=0.2),
        SCORES,
        f.of_probabilities(SOFT, weights=WEIGHTS, smoothing=0.2),
    ),
    "negative log-likelihood": Loss(
        lambda x, r: nn.negative_log_likelihood(
            x, PADDED, class_weights=WEIGHTS, ignore_index=-100, reduction=r
        ),
        classes(PADDED, "nll_loss", weight=WEIGHTS),
        LOGS,
        f.of_labels(PADDED, weights=WEIGHTS, counted=MASK, logs=lambda x: x),
    ),
    "hinge": Loss(
        lambda x, r: nn.hinge(x, LABELS, reduction=r),
        hinge,
        SCORES,
        f.hinge(LABELS),
    ),
    "hinge, padded": Loss(
        lambda x, r: nn.hinge(x, PADDED, ignore_index=-100, mask=SEEN, reduction=r),
        padded_hinge,
        SCORES,
        f.hinge(PADDED, counted=MASK & SEEN),
    ),
    "max margin": Loss(
        lambda x, r: nn.max_margin(x, SECOND, 0.5, reduction=r),
        ranking,
        FIRST,
        f.max_margin(SECOND, 0.5),
    ),
    "squared error": Loss(
        lambda x, r: nn.squared_error(x, SECOND, reduction=r),
        values("mse_loss", SECOND),
        FIRST,
        f.squared(SECOND),
    ),
    "absolute error": Loss(
        lambda x, r: nn.absolute_error(x, SECOND, reduction=r),
        values("l1_loss", SECOND),
        FIRST,
        f.absolute(SECOND),
    ),
    "huber": Loss(
        lambda x, r: nn.huber(x, SECOND, reduction=r),
        values("huber_loss", SECOND),
        FIRST,
        f.huber(SECOND),
    ),
    "huber(0.3)": Loss(
        lambda x, r: nn.huber(x, SECOND, 0.3, reduction=r),
        values("huber_loss", SECOND, delta=0.3),
        FIRST,
        f.huber(SECOND, 0.3),
    ),
    "binary cross-entropy": Loss(
        lambda x, r: nn.binary_cross_entropy(x, ONES, reduction=r),
        values("binary_cross_entropy_with_logits", ONES),
        FIRST,
        f.binary(ONES),
    ),
    "binary cross-entropy, weighted": Loss(
        lambda x, r: nn.binary_cross_entropy(x, ONES, positive_weight=3.0, reduction=r),
        lambda torch, x, reduction: torch.nn.functional.binary_cross_entropy_with_logits(
            x, torch.tensor(ONES), reduction=reduction, pos_weight=torch.tensor(3.0)
        ),
        FIRST,
        f.binary(ONES, 3.0),
    ),
    "binary cross-entropy of large scores": Loss(
        lambda x, r: nn.binary_cross_entropy(x, ONES, reduction=r),
        values("binary_cross_entropy_with_logits", ONES),
        FIRST * 1e4,
        f.binary(ONES),
    ),
    "kl divergence": Loss(
        lambda x, r: nn.kl_divergence(x, SOFT, reduction=r),
        kl,
        LOGS,
        f.kl_divergence(SOFT),
    ),
}
