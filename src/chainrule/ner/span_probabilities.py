"""The exact probabilities of entities under the scores of a tagger, by forward and backward sums.

An entity has one sequence of tags in IOBES: S, or B, I, ..., I, E. Its probability is that of all
sequences of a sentence that have these tags at its words: the sum over what may stand before
(forward), times the scores within, times the sum over what may stand after (backward), over Z.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

Span = tuple[int, Sequence[int]]  # the number of the first word, and the tags of the words

_AT_ONCE = 1 << 14  # words, with padding, whose sums are held
_LEAST = -1e30  # in place of -inf, of which no differences can be taken


def span_probabilities(
    scores: Sequence[Array], rules: tuple[Array, Array, Array], tagged: Sequence[Sequence[Span]]
) -> list[list[float]]:
    """Return the probability of every entity of every sentence, 0 to 1.

    scores  float (words, K) of each sentence
    rules   the scores of transitions (K, K), of the first tag (K,) and of the last tag (K,), -inf
            where the tag scheme forbids them
    tagged  the entities of each sentence: the number of the first word, and the numbers of its tags

    All sums are in float64. Sentences without entities cost nothing.
    """
    found: list[list[float]] = [[] for _ in scores]
    for some in _batches([len(each) for each in scores], tagged):
        for number, probabilities in zip(
            some,
            _of_batch([scores[i] for i in some], rules, [tagged[i] for i in some]),
            strict=True,
        ):
            found[number] = probabilities
    return found


def _batches(sizes: Sequence[int], tagged: Sequence[Sequence[Span]]) -> Iterator[list[int]]:
    """Yield numbers of sentences with entities, of similar lengths."""
    order = sorted((i for i, each in enumerate(tagged) if each), key=lambda i: sizes[i])
    some: list[int] = []
    for number in order:
        if some and (len(some) + 1) * sizes[number] > _AT_ONCE:
            yield some
            some = []
        some.append(number)
    if some:
        yield some


def _of_batch(
    scores: Sequence[Array], rules: tuple[Array, Array, Array], tagged: Sequence[Sequence[Span]]
) -> Iterator[list[float]]:
    across, start, end = (np.maximum(each, _LEAST) for each in rules)
    sizes = np.array([*map(len, scores)])
    padded = np.zeros((sizes.max(), len(scores), len(start)))
    for column, each in enumerate(scores):
        padded[: len(each), column] = each
    forward = _forward(padded, across, start)
    backward = _backward(padded, across, end, sizes)
    columns = np.arange(len(scores))
    totals = _log_sum(forward[sizes - 1, columns] + end, 1)
    for column, spans in enumerate(tagged):
        yield [
            _probability(
                first,
                tags,
                padded[:, column],
                forward[:, column],
                backward[:, column],
                across,
                totals[column],
            )
            for first, tags in spans
        ]


def _probability(
    first: int,
    tags: Sequence[int],
    scores: Array,
    forward: Array,
    backward: Array,
    across: Array,
    total: float,
) -> float:
    last = first + len(tags) - 1
    within = sum(
        across[before, tag] + scores[first + at, tag]
        for at, (before, tag) in enumerate(pairwise(tags), 1)
    )
    log = forward[first, tags[0]] + within + backward[last, tags[-1]] - total
    return float(np.exp(min(log, 0.0)))


def _forward(scores: Array, across: Array, start: Array) -> Array:
    """Return the log of the sum over all beginnings that end in a tag (words, sentences, K)."""
    found = np.empty_like(scores)
    found[0] = scores[0] + start
    for at in range(1, len(scores)):
        found[at] = scores[at] + _through(found[at - 1], across)
    return found


def _backward(scores: Array, across: Array, end: Array, sizes: Array) -> Array:
    """Return the log of the sum over all that may follow a tag (words, sentences, K)."""
    found = np.empty_like(scores)
    found[-1] = end
    for at in range(len(scores) - 2, -1, -1):
        after = _through(found[at + 1] + scores[at + 1], across.T)
        found[at] = np.where((at >= sizes - 1)[:, None], end, after)
    return found


def _through(reached: Array, across: Array) -> Array:
    """Return the log of the sum over i of exp(reached[:, i] + across[i, j])."""
    highest = reached.max(1, keepdims=True)
    scale = np.maximum(across.max(), 0)
    with np.errstate(divide="ignore"):
        sums = np.log(np.exp(reached - highest) @ np.exp(across - scale))
    return np.asarray(np.maximum(sums + highest + scale, _LEAST))


def _log_sum(values: Array, axis: int) -> Array:
    return np.asarray(np.logaddexp.reduce(values, axis=axis))
