"""A Transformer encoder, layer norm first; the mean over the tokens is classified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.draw import labels, linear, norm, normal, zipf
from benchmarks.problem import BATCHES, Array, Problem


@dataclass(frozen=True)
class Sizes:
    vocabulary: int = 8_000
    width: int = 128
    layers: int = 2
    heads: int = 2
    feed_forward: int = 512
    tokens: int = 64
    classes: int = 10
    batch: int = 32


TINY = Sizes(vocabulary=20, width=6, feed_forward=8, tokens=5, classes=3, batch=4)


def problem(sizes: Sizes) -> Problem:
    """Return the first weights of all layers, and batches of texts of equal length."""
    random = np.random.default_rng(4)
    weights = {
        "words.weight": normal(random, sizes.vocabulary, sizes.width, deviation=0.1),
        "positions": normal(random, sizes.tokens, sizes.width, deviation=0.1),
        **norm(random, "norm", sizes.width),
        **linear(random, "output", sizes.width, sizes.classes),
    }
    for number in range(sizes.layers):
        weights |= _layer(random, f"layers.{number}", sizes)
    batches = [
        (
            zipf(random, sizes.vocabulary, sizes.batch, sizes.tokens),
            labels(random, sizes.classes, sizes.batch),
        )
        for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)


def _layer(random: np.random.Generator, name: str, sizes: Sizes) -> dict[str, Array]:
    return {
        **norm(random, f"{name}.attention_norm", sizes.width),
        **linear(random, f"{name}.attention", sizes.width, 3 * sizes.width),
        **linear(random, f"{name}.mixed", sizes.width, sizes.width),
        **norm(random, f"{name}.feed_norm", sizes.width),
        **linear(random, f"{name}.wide", sizes.width, sizes.feed_forward),
        **linear(random, f"{name}.narrow", sizes.feed_forward, sizes.width),
    }
