"""The best sequence of tags of a conditional random field, as Flair's files score it."""

from __future__ import annotations

from chainrule.graph import Array


def best_path(scores: Array, transitions: Array, start: int, stop: int) -> list[int]:
    """Return the numbers of the tags of the best sequence (Viterbi).

    scores       (words, tags), of at least one word
    transitions  (tags, tags): [to, from], those from `start` and to `stop` included
    """
    best = scores[0] + transitions[:, start]
    came_from: list[Array] = []
    for each in scores[1:]:
        reached = transitions + best
        came_from.append(reached.argmax(axis=1))
        best = each + reached.max(axis=1)
    path = [int((best + transitions[stop]).argmax())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return path[::-1]
