"""Dropout narrows the gap between training and test; so do early stopping and augmentation.

A net memorises 500 pictures of digits, a fifth of them with wrong labels; test labels are right.
Dropout, early stopping and pictures shifted by a pixel each reduce that. A net that ignores wrong
labels has an accuracy of 82 % on the training labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.overfitting import Trained, best, digits_task, draw_gap, trained

PROBABILITIES = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9)


@claim("Dropout narrows the gap of training and test; so do early stopping and augmentation.")
def dropout() -> Outcome:
    task = digits_task()
    dropped = {each: trained(task, dropout=each) for each in PROBABILITIES}
    early = trained(task, callbacks=[cr.train.EarlyStopping("validation_loss", patience=5)])
    moved = trained(task, augmented=True)
    without, (probability, chosen) = dropped[0.0], best(dropped)
    remedies = {f"dropout {probability}": chosen, "early stopping": early, "augmentation": moved}
    return Outcome(
        figures={way: str(run) for way, run in {"without": without, **remedies}.items()},
        held=all(run.improves(without) for run in remedies.values()),
        because=f"the gap is {without.gap:.0%} without, {chosen.gap:.0%} with dropout, "
        f"{early.gap:.0%} with early stopping, {moved.gap:.0%} with augmentation",
        draw=lambda figure: _draw(figure, dropped, early, moved),
    )


def _draw(figure: Any, dropped: Mapping[float, Trained], early: Trained, moved: Trained) -> None:
    accuracy, losses = figure.subplots(1, 2)
    draw_gap(accuracy, dropped)
    accuracy.set(xlabel="probability of dropout")
    probability, chosen = best(dropped)
    for run, mark, colour, label in (
        (dropped[0.0], "-", "C1", "without"),
        (chosen, "--", "C0", f"dropout {probability}"),
        (moved, "-.", "black", "augmentation"),
    ):
        epochs = np.arange(1, len(run.losses) + 1)
        losses.plot(epochs, run.losses, mark, color=colour, label=label)
    end = int(np.argmin(early.losses))
    losses.plot(end + 1, early.losses[end], "*", color="C1", ms=16, label="early stopping")
    losses.set(xlabel="epoch", ylabel="cross-entropy on validation data", ylim=(1.2, None))
    losses.legend()
