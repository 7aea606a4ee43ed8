"""A Neural Turing Machine learns to copy several times, and to say when it is done."""

from __future__ import annotations

import numpy as np

from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.remembering import Goal, Lesson, outcome, rmsprop, trained
from chainrule.zoo.memory_tasks import Episode, repeat_copy

_LONGEST, _REPEATS, _TESTED = 7, 7, 64


def _drawn(random: np.random.Generator) -> Episode:
    length, repeats = random.integers(1, (_LONGEST + 1, _REPEATS + 1))
    return repeat_copy(int(length), int(repeats), 1, random)


LESSON = Lesson(
    levels=[(_drawn, Goal())],
    tests={
        "7 vectors 7 times": lambda random: repeat_copy(_LONGEST, _REPEATS, _TESTED, random),
        "14 vectors 7 times": lambda random: repeat_copy(2 * _LONGEST, _REPEATS, _TESTED, random),
    },
    optimizer=rmsprop,
    steps=60_000,
)


def repeats() -> Outcome:
    """Train on 1 to 7 vectors, 1 to 7 times, and test on the longest and on twice as many."""
    return outcome(trained(LESSON), LESSON, 0.05)
