"""The progress of a run: the loss of its first and of its last steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from chainrule.explore.number_text import number
from chainrule.train.doctor.exam import ExamHistory

_PROGRESS = 0.1  # of the first loss; less may only come from smaller scores


def learns(history: ExamHistory) -> bool:
    """Return whether the loss is lower in the last quarter of the steps than in the first."""
    first, last = _quarters(history)
    return not last >= first - _PROGRESS * abs(first)


def losses(history: ExamHistory) -> str:
    """Return a phrase with the first and the last loss."""
    first, last = _quarters(history)
    return f"is {number(first)} in the first quarter of the steps and {number(last)} in the last"


def _quarters(history: ExamHistory) -> tuple[float, float]:
    """Return the mean loss in the first quarter of the steps, and in the last."""
    steps = [0, *(exam.step for exam in history.exams)]
    spans = [after - before for before, after in pairwise(steps)]
    found = [exam.loss for exam in history.exams]
    first = [i for i, end in enumerate(steps[1:]) if i == 0 or 4 * end <= steps[-1]]
    last = [i for i, begin in enumerate(steps[:-1]) if 4 * begin >= 3 * steps[-1]] or [-1]
    return _weighed(found, spans, first), _weighed(found, spans, last)


def _weighed(found: Sequence[float], spans: Sequence[int], chosen: Sequence[int]) -> float:
    if not found:
        return float("nan")
    total = sum(found[i] * spans[i] for i in chosen)
    return total / sum(spans[i] for i in chosen)
