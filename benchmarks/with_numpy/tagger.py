"""The tagger by hand in NumPy."""

from __future__ import annotations

import numpy as np

from benchmarks.problem import Array, Learner, Problem
from benchmarks.with_numpy.adam import Adam


class Tagger:
    """The parameters with their state, and the training step."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = {name: each.copy() for name, each in weights.items()}
        self.adam = {name: Adam(each) for name, each in self.weights.items()}

    def step(self, ids: Array, labels: Array) -> float:
        """Return the loss, after moving all parameters."""
        w, flat = self.weights, ids.reshape(-1)
        x = w["words.weight"][flat].reshape(ids.shape[0], -1)
        h = np.maximum(x @ w["hidden.weight"].T + w["hidden.bias"], 0)
        scores = h @ w["output.weight"].T + w["output.bias"]
        loss, g_scores = _cross_entropy(scores, labels)
        g_hidden = (g_scores @ w["output.weight"]) * (h > 0)
        g_x = g_hidden @ w["hidden.weight"]
        self._move("output", g_scores, h)
        self._move("hidden", g_hidden, x)
        self.adam["words.weight"].step_rows(flat, g_x.reshape(flat.size, -1))
        return loss

    def _move(self, name: str, upstream: Array, inputs: Array) -> None:
        self.adam[f"{name}.weight"].step(upstream.T @ inputs)
        self.adam[f"{name}.bias"].step(upstream.sum(0))


def _cross_entropy(scores: Array, labels: Array) -> tuple[float, Array]:
    """Return the loss and its gradient with respect to the scores, (p - y) / count."""
    each = np.arange(len(labels))
    below = scores - scores.max(1, keepdims=True)
    powers = np.exp(below)
    sums = powers.sum(1, keepdims=True)
    loss = float((np.log(sums[:, 0]) - below[each, labels]).mean())
    gradient = powers / sums
    gradient[each, labels] -= 1
    gradient /= len(labels)
    return loss, gradient


def learner(problem: Problem) -> Learner:
    return Learner(Tagger(problem.weights).step)
