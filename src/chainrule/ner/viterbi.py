"""Viterbi as a graph: the best sequences of tags of sentences in lanes, as `decode` finds them."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

import chainrule as cr


def best_sequences(scores: Any, inside: Any, across: Any, start: Any, end: Any) -> cr.Tensor:
    """Return the tags of the best sequence of every sentence, int64 (steps, lanes).

    scores      float (steps, lanes, K)
    inside      bool (steps, lanes), False between sentences
    across      float64 (K, K), the score of tag j after tag i, -inf where it is forbidden
    start, end  float64 (K,), the same for the first and the last tag of a sentence

    Sums are computed in float64 and in the order of `decode`, so that the tags are the same ones,
    also where scores are equal. Outside of sentences, tags have no meaning.
    """
    # Lanes are the last axis, so that the inner loops run over them.
    scores = cr.permute_dims(cr.asarray(scores), (0, 2, 1)).astype("float64")
    count, lanes = scores.shape[1:]
    within = cr.expand_dims(cr.asarray(inside), 1)
    outside = np.zeros((1, 1, lanes), np.bool_)
    is_first = ~cr.concat([outside, within[:-1]], axis=0)
    is_last = ~cr.concat([within[1:], outside], axis=0)
    across, start, end = (cr.expand_dims(cr.asarray(each), -1) for each in (across, start, end))

    def forward(best: cr.Tensor, at: tuple[cr.Tensor, cr.Tensor]) -> tuple[cr.Tensor, cr.Tensor]:
        score, begins = at
        through = reduce(_larger, (best[tag] + across[tag] for tag in range(count)))
        reached = cr.where(begins, start, through) + score
        return reached, reached

    def back(tag: cr.Tensor, at: tuple[cr.Tensor, cr.Tensor]) -> tuple[cr.Tensor, cr.Tensor]:
        best, ends = at
        into = cr.take(across[..., 0], tag, axis=1)
        before = cr.argmax(best + cr.where(ends, end, into), axis=0)
        return before, before

    _, best = cr.scan(forward, np.zeros((count, lanes)), (scores, is_first))
    tags: cr.Tensor
    _, tags = cr.scan(back, np.zeros(lanes, np.int64), (best, is_last), reverse=True)
    return tags


def _larger(a: cr.Tensor, b: cr.Tensor) -> cr.Tensor:
    """Return the larger elements of two tensors without NaN: fewer instructions than cr.maximum."""
    return cr.where(a > b, a, b)
