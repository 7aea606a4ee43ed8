"""A Neural Turing Machine trained to copy up to 20 vectors copies 40."""

from __future__ import annotations

from typing import Any

from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.remembering import (
    Goal,
    Lesson,
    Student,
    adam,
    draw_losses,
    outcome,
    trained,
)
from chainrule.zoo.memory_tasks import copy

_LONGEST, _TESTED = 20, 64

LESSON = Lesson(
    levels=[(lambda random: copy(int(random.integers(1, _LONGEST + 1)), 4, random), Goal())],
    tests={
        "20 vectors": lambda random: copy(_LONGEST, _TESTED, random),
        "40 vectors": lambda random: copy(2 * _LONGEST, _TESTED, random),
    },
    optimizer=adam,
    steps=20_000,
)


def copies() -> Outcome:
    """Train on 1 to 20 vectors, and test on 20 and on 40."""
    return outcome(trained(LESSON), LESSON, 0.01)


def copies_from_every_seed() -> Outcome:
    """Train from five seeds; at least four have to copy 40 vectors."""
    students = [trained(LESSON, seed) for seed in range(5)]
    good = sum(max(each.wrong.values()) < 0.01 for each in students)
    return Outcome(
        figures={f"seed {seed}": str(student) for seed, student in enumerate(students)},
        held=good >= 4,
        because=f"fewer than 1 % of the bits are wrong for {good} of {len(students)} seeds",
        draw=lambda figure: _draw(figure, students),
    )


def _draw(figure: Any, students: list[Student]) -> None:
    axes = figure.subplots()
    for seed, student in enumerate(students):
        wrong = student.wrong["40 vectors"]
        draw_losses(axes, student.losses, f"seed {seed}: {wrong:.2%} wrong for 40 vectors")
    axes.legend()
