"""The best sequence of tags through a tag of one word, and what its score is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.k_best import k_best

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Route:
    """The best sequence of tags of a sentence that gives a word this tag.

    tag          the tag of the word, one of `Tagger.tags`
    tags         the tag of every word
    own          the score of the tag on the word, from the network
    others       the sum of the scores of the tags of the other words
    transitions  the sum of the scores of start, transitions and end; 0 with the decoder "softmax"
    """

    tag: str
    tags: tuple[str, ...]
    own: float
    others: float
    transitions: float

    @property
    def total(self) -> float:
        """The score of the sequence, by which the tagger chooses: own + others + transitions."""
        return self.own + self.others + self.transitions


def routes_through(
    scores: Array, rules: Sequence[Array], place: int, tags: Sequence[str]
) -> list[Route]:
    """Return the route through every tag that the word can have, the best first.

    scores  float (words, tags), from the network
    rules   the scores of transitions, start and end, -inf where they are forbidden
    place   the word
    """
    scores = scores.astype(np.float64)
    found = []
    for number in range(len(tags)):
        only = scores.copy()
        only[place] = np.where(np.arange(len(tags)) == number, scores[place], -np.inf)
        for sequence, total in k_best(only, *rules, count=1):
            found.append(_route(scores, sequence, total, place, tags))
    return sorted(found, key=lambda each: -each.total)


def weights_between(chosen: Route, other: Route, tags: Sequence[str]) -> Array:
    """Return float32 (words, tags): 1 at each tag of one route, -1 at those of the other."""
    found = np.zeros((len(chosen.tags), len(tags)), np.float32)
    for place, (ours, theirs) in enumerate(zip(chosen.tags, other.tags, strict=True)):
        found[place, tags.index(ours)] += 1
        found[place, tags.index(theirs)] -= 1
    return found


def _route(
    scores: Array, sequence: list[int], total: float, place: int, tags: Sequence[str]
) -> Route:
    each = scores[np.arange(len(sequence)), sequence]
    own, emitted = float(each[place]), float(each.sum())
    named = tuple(tags[number] for number in sequence)
    return Route(named[place], named, own, emitted - own, total - emitted)
