"""A Neural Turing Machine recalls the item that followed another."""

from __future__ import annotations

from functools import partial

import numpy as np

import chainrule as cr
from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.remembering import Goal, Lesson, outcome, trained
from chainrule.zoo.memory_tasks import Episode, associative_recall

_MOST, _BATCH, _TESTED = 6, 16, 256
_STEPS = 15_000


def _drawn(most: int, random: np.random.Generator) -> Episode:
    """Return episodes of `most` items, or, every second time, of 2 to `most`."""
    items = most if random.random() < 0.5 else int(random.integers(2, most + 1))
    return associative_recall(items, _BATCH, random)


def _adam(model: cr.nn.Module) -> cr.optim.Optimizer:
    rate = cr.optim.schedules.Cosine(2e-3, _STEPS)
    return cr.optim.Adam(model, rate, clip=cr.optim.ClipByGlobalNorm(1.0))


LESSON = Lesson(
    levels=[
        *((partial(_drawn, most), Goal(0.25, 100)) for most in range(2, _MOST)),
        (partial(_drawn, _MOST), Goal(0.001, 1000)),
    ],
    tests={
        "6 items": lambda random: associative_recall(_MOST, _TESTED, random),
        "10 items": lambda random: associative_recall(10, _TESTED, random),
    },
    optimizer=_adam,
    steps=_STEPS,
    machine={"hidden": 50, "places": 40},
)


def recalls() -> Outcome:
    """Train on 2 items, then on up to 3, 4, 5 and 6, and test on 6 and on 10."""
    return outcome(trained(LESSON), LESSON, 0.01)
