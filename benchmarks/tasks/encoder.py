"""A Transformer encoder of the size of a small BERT, on texts of different lengths.

Texts are filled up with the id of padding, which no token attends to. The mean over the real
tokens is classified. Layer norms come last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.draw import labels, linear, norm, normal, zipf
from benchmarks.problem import BATCHES, Array, Problem

PADDING = 0


@dataclass(frozen=True)
class Sizes:
    vocabulary: int = 8_000
    width: int = 384
    layers: int = 6
    heads: int = 12
    feed_forward: int = 1_536
    tokens: int = 64
    shortest: int = 16
    classes: int = 10
    batch: int = 32


TINY = Sizes(20, 8, 2, 2, feed_forward=10, tokens=6, shortest=2, classes=3, batch=4)


def problem(sizes: Sizes) -> Problem:
    """Return the first weights of all layers, and batches of padded texts."""
    random = np.random.default_rng(7)
    weights = {
        "words.weight": normal(random, sizes.vocabulary, sizes.width, deviation=0.1),
        "positions": normal(random, sizes.tokens, sizes.width, deviation=0.1),
        **norm(random, "first_norm", sizes.width),
        **linear(random, "output", sizes.width, sizes.classes),
    }
    for number in range(sizes.layers):
        weights |= _layer(random, f"layers.{number}", sizes)
    batches = [
        (_padded(random, sizes), labels(random, sizes.classes, sizes.batch)) for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)


def _layer(random: np.random.Generator, name: str, sizes: Sizes) -> dict[str, Array]:
    return {
        **linear(random, f"{name}.attention", sizes.width, 3 * sizes.width),
        **linear(random, f"{name}.mixed", sizes.width, sizes.width),
        **norm(random, f"{name}.attention_norm", sizes.width),
        **linear(random, f"{name}.wide", sizes.width, sizes.feed_forward),
        **linear(random, f"{name}.narrow", sizes.feed_forward, sizes.width),
        **norm(random, f"{name}.feed_norm", sizes.width),
    }


def _padded(random: np.random.Generator, sizes: Sizes) -> Array:
    """Return ids (batch, tokens), with padding from the end of every text on."""
    ids = 1 + zipf(random, sizes.vocabulary - 1, sizes.batch, sizes.tokens)
    lengths = random.integers(sizes.shortest, sizes.tokens + 1, (sizes.batch, 1))
    return np.where(np.arange(sizes.tokens) < lengths, ids, PADDING)
