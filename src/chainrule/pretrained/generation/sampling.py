"""Which token comes next: the best one, or one that is drawn."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.generation.request import GenerationRequest

_FIRST = 1024  # tokens that are sorted before all are


def next_tokens(scores: Array, request: GenerationRequest, random: np.random.Generator) -> Array:
    """Return the next token of every row of scores (rows, vocabulary), int64 (rows,)."""
    if not request.samples:
        best: Array = scores.argmax(axis=1)
        return best
    return np.array([_drawn(row, request, random) for row in scores])


def _drawn(scores: Array, request: GenerationRequest, random: np.random.Generator) -> int:
    tokens, probabilities = candidates(scores, request)
    sums = probabilities.cumsum()
    at = np.searchsorted(sums, random.random() * sums[-1], side="right")
    return int(tokens[min(int(at), len(tokens) - 1)])


def candidates(scores: Array, request: GenerationRequest) -> tuple[Array, Array]:
    """Return the tokens that may be drawn, and their probabilities, float64, which sum to 1.

    Scores are divided by the temperature; then `top_k` tokens are kept; of these, as many as
    `top_p` asks for. Holtzman et al.: The curious case of neural text degeneration (2020).
    """
    scaled = scores.astype(np.float64) / (request.temperature or 1.0)
    tokens = np.arange(len(scaled))
    if request.top_k is not None and request.top_k < len(scaled):
        least = np.partition(scaled, -request.top_k)[-request.top_k]
        tokens = np.flatnonzero(scaled >= least)
    powers = np.exp(scaled[tokens] - scaled[tokens].max())
    probabilities = powers / powers.sum()
    if request.top_p is None:
        return tokens, probabilities
    kept = _nucleus(probabilities, request.top_p)
    return tokens[kept], probabilities[kept] / probabilities[kept].sum()


def _nucleus(probabilities: Array, share: float) -> Array:
    """Return the positions of the fewest most probable tokens whose sum reaches a share."""
    for most in (_FIRST, len(probabilities)):
        order = _most_probable(probabilities, most)
        before = np.concatenate([[0.0], probabilities[order].cumsum()[:-1]])
        if before[-1] + probabilities[order[-1]] >= share or len(order) == len(probabilities):
            return order[before < share]
    raise AssertionError("All tokens were sorted.")


def _most_probable(probabilities: Array, most: int) -> Array:
    """Return the positions of at most `most` largest probabilities, in descending order."""
    found = np.arange(len(probabilities))
    if most < len(probabilities):
        found = np.argpartition(probabilities, -most)[-most:]
    return found[np.argsort(-probabilities[found], kind="stable")]
