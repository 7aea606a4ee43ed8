"""The data of the planted runs: small NumPy arrays, the same in every process."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array


def points() -> tuple[Array, Array]:
    """Return 1024 points of 10 coordinates; the class is the sign of the first two multiplied."""
    random = np.random.default_rng(0)
    x = random.normal(size=(1024, 10)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def sine_curve() -> tuple[Array, Array]:
    """Return 1024 numbers from -3 to 3, and their sines."""
    x = np.random.default_rng(0).uniform(-3, 3, size=(1024, 1)).astype(np.float32)
    return x, np.sin(x)


def large_targets() -> tuple[Array, Array]:
    """Return 1024 points of 10 coordinates, and sums of them of about 100."""
    x, _ = points()
    return x, x @ np.linspace(10, 50, 10, dtype=np.float32).reshape(10, 1)


def sign_targets() -> tuple[Array, Array]:
    """Return 1024 points of 10 coordinates; the target is 1 where the first is positive."""
    x, _ = points()
    return x, (x[:, :1] > 0).astype(np.float32)


def images() -> tuple[Array, Array]:
    """Return 512 images of 8 x 8 with a bright row or a bright column."""
    random = np.random.default_rng(0)
    labels, place = random.integers(0, 2, 512), random.integers(0, 8, 512)
    x = random.normal(0, 0.3, size=(512, 1, 8, 8)).astype(np.float32)
    for image, label, at in zip(x[:, 0], labels, place, strict=True):
        image[(at, slice(None)) if label else (slice(None), at)] += 1
    return x, labels


def sequences(length: int) -> tuple[Array, Array]:
    """Return 512 sequences of two coordinates; the class is the sign of the very first number."""
    random = np.random.default_rng(0)
    x = random.normal(size=(512, length, 2)).astype(np.float32)
    return x, (x[:, 0, 0] > 0).astype(np.int64)


def recent_sums(length: int) -> tuple[Array, Array]:
    """Return sequences whose class is the sign of the sum of the last five first coordinates."""
    x, _ = sequences(length)
    return x, (x[:, -5:, 0].sum(1) > 0).astype(np.int64)


def sentences() -> tuple[Array, Array]:
    """Return 1024 sentences of 12 words out of 50; the class says whether word 7 occurs."""
    random = np.random.default_rng(0)
    words = random.integers(8, 50, size=(1024, 12))
    labels = random.integers(0, 2, 1024)
    places = random.integers(0, 12, 1024)
    words[np.flatnonzero(labels), places[labels == 1]] = 7
    return words, labels
