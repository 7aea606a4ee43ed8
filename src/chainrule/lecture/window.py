"""The window network of the notes: words, their vectors, one hidden layer and a score.

CS224n lecture 4: s = u^T f(W x + b), x the vectors of five words side by side. A window with a
place in its centre shall score higher than a corrupt one, by a margin of 1.
"""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.graph import Array

TRUE = ["museums", "in", "Paris", "are", "amazing"]
CORRUPT = ["Not", "all", "museums", "in", "Paris"]
VOCABULARY = [*dict.fromkeys([*TRUE, *CORRUPT]), "telly"]
SIZE, HIDDEN = 3, 2


class WindowScorer:
    """The parameters of the network, float64, and its scores.

    table    L, (words, 3), the vectors of the vocabulary
    weights  W, (2, 15)
    bias, u  b and u, (2,)
    """

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        vectors = random.normal(0, 0.6, (len(VOCABULARY), SIZE))
        self.table = cr.parameter(vectors, "L", table=True)
        width = len(TRUE) * SIZE
        self.weights = cr.parameter(random.normal(0, 0.4, (HIDDEN, width)), "W")
        self.bias = cr.parameter(np.zeros(HIDDEN), "b")
        self.u = cr.parameter(random.normal(0, 0.5, HIDDEN), "u")

    @property
    def parameters(self) -> list[cr.Parameter]:
        """All of them; they are updated together."""
        return [self.table, self.weights, self.bias, self.u]

    def score(self, words: list[str], suffix: str = "") -> cr.Tensor:
        """Return the score of a window; its gates are named x_window, z, h and s."""
        words_of_window = cr.input(f"words{suffix}", value=ids(words))
        x = cr.reshape(self.table[words_of_window], -1)
        z = self.weights @ x + self.bias
        h = cr.tanh(z)
        s = self.u @ h
        for name, value in (("x_window", x), ("z", z), ("h", h), ("s", s)):
            value.name = name + suffix
        return s

    def loss(self) -> cr.Tensor:
        """Return max(0, 1 - s + s_c), the max-margin loss of both windows."""
        value = cr.nn.max_margin(self.score(TRUE), self.score(CORRUPT, "_c"))
        value.name = "J"
        return value


def ids(words: list[str]) -> Array:
    """Return the places of words in the vocabulary."""
    return np.array([VOCABULARY.index(each) for each in words])


def by_word(window: Array) -> Array:
    """Split a vector of the window in five, one row per word."""
    return window.reshape(len(TRUE), SIZE)
