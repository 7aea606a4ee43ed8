"""A Neural Turing Machine recalls the item that followed the one it is asked for."""

from __future__ import annotations

from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.remembering import Lesson, outcome, rmsprop, trained
from chainrule.zoo.memory_tasks import associative_recall

_MOST, _TESTED = 6, 64

LESSON = Lesson(
    draw=lambda random: associative_recall(int(random.integers(2, _MOST + 1)), 1, random),
    tests={
        "6 items": lambda random: associative_recall(_MOST, _TESTED, random),
        "10 items": lambda random: associative_recall(10, _TESTED, random),
    },
    optimizer=rmsprop,
    steps=60_000,
)


def recalls() -> Outcome:
    """Train on 2 to 6 items, and test on 6 and on 10."""
    return outcome(trained(LESSON), LESSON, 0.01)
