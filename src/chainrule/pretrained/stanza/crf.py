"""The linear-chain CRF of the tagger: its loss, and its best path."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.grad import scan
from chainrule.graph import Array, Tensor, TensorLike, as_tensor
from chainrule.nn import sequence_mask
from chainrule.ops import logsumexp, permute_dims, take, take_along_axis, where
from chainrule.ops import sum as total


def crf_loss(
    scores: TensorLike, tags: TensorLike, lengths: TensorLike, transitions: TensorLike
) -> Tensor:
    """Return the mean over sentences of log Σ exp(score of any tags) - score of the given tags.

    scores       (batch, words, K)
    tags         integers (batch, words); any number behind the end of a sentence
    lengths      integers (batch,), the number of words of each sentence
    transitions  (K, K), of tag i before tag j at [i, j]; there is none to a start or an end

    Lafferty et al.: Conditional random fields (2001).
    """
    scores, tags, transitions = as_tensor(scores), as_tensor(tags), as_tensor(transitions)
    inside = sequence_mask(lengths, scores.shape[1])
    return (
        _of_all(scores, inside, transitions) - _of_given(scores, tags, inside, transitions)
    ).mean()


def _of_given(scores: Tensor, tags: Tensor, inside: Tensor, transitions: Tensor) -> Tensor:
    """Return the scores of given tags, (batch,)."""
    count = scores.shape[2]
    own = take_along_axis(scores, tags.reshape(*tags.shape, 1), -1)[:, :, 0]
    pairs = tags[:, :-1].astype("int64") * count + tags[:, 1:]
    between = take(transitions.reshape(-1), pairs)
    return total(where(inside, own, 0), 1) + total(where(inside[:, 1:], between, 0), 1)


def _of_all(scores: Tensor, inside: Tensor, transitions: Tensor) -> Tensor:
    """Return the logarithm of the sum over all tags, (batch,)."""
    by_time = permute_dims(scores, (1, 0, 2))
    goes_on = permute_dims(inside, (1, 0))

    def step(before: Tensor, now: tuple[Tensor, Tensor]) -> tuple[Tensor, None]:
        own, inner = now
        sums = before.reshape(*before.shape, 1) + transitions
        return where(inner.reshape(-1, 1), own + logsumexp(sums, 1), before), None

    last: Any = scan(step, by_time[0], (by_time[1:], goes_on[1:]))[0]
    return logsumexp(last, -1)


def best_paths(scores: Array, lengths: Array, transitions: Array) -> Array:
    """Return the best tags (batch, words), of equal ones those with the smallest last tag.

    Arguments as for `crf_loss`. Viterbi: Error bounds for convolutional codes (1967).
    """
    batch, steps, _ = scores.shape
    best, before = scores[:, 0], []
    for step in range(1, steps):
        sums = best[:, :, None] + transitions
        before.append(sums.argmax(1))
        best = np.where((step < lengths)[:, None], scores[:, step] + sums.max(1), best)
    tags = np.zeros((batch, steps), np.int64)
    last = best.argmax(1)
    for step in range(steps - 1, -1, -1):
        tags[:, step] = last
        if step:
            earlier = before[step - 1][np.arange(batch), last]
            last = np.where(step < lengths, earlier, last)
    return tags
