"""The k sequences of tags with the highest scores."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def k_best(
    scores: Array, across: Array, start: Array, end: Array, *, count: int
) -> list[tuple[list[int], float]]:
    """Return the best sequences of tags of a sentence and their scores, the best first.

    scores      float (words, K), at least one word
    across      float (K, K), the score of tag j after tag i, -inf where it is forbidden
    start, end  float (K,), the same for the first and the last tag
    count       the number of sequences; fewer are returned if no more are allowed

    Every tag keeps its `count` best beginnings (Viterbi with lists: Seshadri and Sundberg, 1994).
    """
    words, tags = scores.shape
    best = np.full((tags, count), -np.inf)  # of the beginnings that end in a tag, by rank
    best[:, 0] = scores[0] + start
    came_from: list[Array] = []
    for word in range(1, words):
        through = (best[:, :, None] + across[:, None, :]).reshape(-1, tags)
        order = np.argsort(-through, axis=0, kind="stable")[:count]
        came_from.append(order)
        best = np.take_along_axis(through, order, axis=0).T + scores[word][:, None]
    final = (best + end[:, None]).reshape(-1)
    order = np.argsort(-final, kind="stable")[:count]
    return [
        (_sequence(int(place), came_from, count), float(final[place]))
        for place in order
        if np.isfinite(final[place])
    ]


def _sequence(place: int, came_from: list[Array], count: int) -> list[int]:
    """Return the tags of the beginning at `place`, a tag times `count` plus a rank."""
    tags = [place // count]
    for order in reversed(came_from):
        tag, rank = divmod(place, count)
        place = int(order[rank, tag])
        tags.append(place // count)
    return tags[::-1]


def log_partition(scores: Array, across: Array, start: Array, end: Array) -> float:
    """Return the logarithm of the sum of exp(score) over all sequences."""
    reached = scores[0] + start
    for row in scores[1:]:
        reached = row + np.logaddexp.reduce(reached[:, None] + across, axis=0)
    return float(np.logaddexp.reduce(reached + end))
