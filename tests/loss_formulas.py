"""The formulas of the losses in NumPy: every value, and what each value counts in the mean."""

import numpy as np


def log_softmax(x):
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def picked(values, labels):
    return np.take_along_axis(values, labels[..., None], -1)[..., 0]


def counting(values, counts=None):
    """Return values with their counts, 1 unless given; a value that does not count is 0."""
    counts = np.ones(values.shape) if counts is None else counts
    return np.where(counts > 0, values, 0.0), counts


def of_labels(labels, *, weights=None, smoothing=0.0, counted=None, logs=log_softmax):
    """Negative log-likelihood of labels; smoothing: Szegedy et al. (2016), section 7."""

    def formula(x):
        log, each = logs(x), np.ones(x.shape[-1]) if weights is None else weights
        known = labels if counted is None else np.where(counted, labels, 0)
        hard, even = -picked(each * log, known), -(each * log).sum(-1) / x.shape[-1]
        counts = each[known] if counted is None else each[known] * counted
        return counting((1 - smoothing) * hard + smoothing * even, counts)

    return formula


def of_probabilities(targets, *, weights=1.0, smoothing=0.0):
    """Cross-entropy between distributions: every row counts once."""

    def formula(x):
        smooth = (1 - smoothing) * targets + smoothing / x.shape[-1]
        return counting(-(weights * smooth * log_softmax(x)).sum(-1))

    return formula


def hinge(labels, counted=None):
    """Crammer and Singer (2001), with a margin of 1 to every other class."""

    def formula(x):
        known = labels if counted is None else np.where(counted, labels, 0)
        margins = np.maximum(0, 1 + x - picked(x, known)[..., None])
        others = margins * (np.arange(x.shape[-1]) != known[..., None])
        return counting(others.sum(-1), None if counted is None else counted * 1.0)

    return formula


def max_margin(corrupt, margin):
    """Collobert et al. (2011), section 4.4: the true score exceeds the corrupt one by a margin."""
    return lambda x: counting(np.maximum(0, margin - x + corrupt))


def squared(targets):
    return lambda x: counting((x - targets) ** 2)


def absolute(targets):
    return lambda x: counting(np.abs(x - targets))


def huber(targets, delta=1.0):
    """Huber (1964)."""

    def formula(x):
        away = np.abs(x - targets)
        return counting(np.where(away <= delta, away**2 / 2, delta * (away - delta / 2)))

    return formula


def binary(targets, positive=1.0):
    """-positive · t log σ(x) - (1 - t) log(1 - σ(x)), with log σ(x) = -log(1 + exp(-x))."""

    def formula(x):
        yes, no = np.logaddexp(0, -x), np.logaddexp(0, x)
        return counting(positive * targets * yes + (1 - targets) * no)

    return formula


def kl_divergence(targets):
    """Kullback and Leibler (1951), of log-probabilities x, row by row."""
    return lambda x: counting((targets * (np.log(targets) - x)).sum(-1))
