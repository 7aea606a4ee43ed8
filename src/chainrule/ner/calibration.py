"""Calibration: probabilities of entities that are right as often as they say.

A network is surer, or less sure, than it is right. Two numbers correct it (Platt, 1999):

    confidence = 1 / (1 + exp(-(slope * log(p / (1 - p)) + offset))),

where p is the probability under the network. They are those with the greatest likelihood of what
was right on held-out data, with the targets of Platt, which keep them finite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.ner.errors import ModelError

Array = np.ndarray[Any, Any]

_LEAST = 1e-9  # of a probability and of one minus it
_STEPS = 100
_RIDGE = 1e-6  # keeps a step finite where all probabilities are equal
_FLATTEST, _STEEPEST = 0.01, 100.0
_FEWEST = 20  # entities from which two numbers are fitted


@dataclass(frozen=True)
class Calibration:
    """A straight line between log-odds: of the probability under a network, and of being right.

    slope, offset  finite, and the slope above 0, so that the order of entities stays
    """

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.slope, self.offset)
        if not all(type(each) in (int, float) and np.isfinite(each) for each in numbers) or (
            self.slope <= 0
        ):
            raise ModelError(
                f"A calibration has a slope above 0 and an offset, and {numbers} was given. "
                "Fit one: chainrule.ner.calibrate(tagger, sentences)."
            )

    def __call__(self, probabilities: npt.ArrayLike) -> Array:
        """Return the calibrated probabilities, float64, of the same shape."""
        odds = self.slope * _log_odds(probabilities) + self.offset
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))

    def as_dict(self) -> dict[str, float]:
        """Return the two numbers by name."""
        return asdict(self)


def calibration_of(given: Any) -> Calibration | None:
    """Return a stored calibration; None for None. Raises TypeError for anything else."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or {*given} != {"slope", "offset"}:
        raise TypeError("its calibration must be a slope and an offset")
    return Calibration(**given)


def fitted(probabilities: Sequence[float], is_right: Sequence[bool]) -> Calibration | None:
    """Return the calibration with the greatest likelihood; None for fewer than 20 entities.

    probabilities  of entities, under the network
    is_right       whether each of them is an entity of the data

    Newton's method on two numbers.
    """
    right = np.array(is_right, np.bool_)
    if len(right) < _FEWEST:
        return None
    count = int(right.sum())
    targets = np.where(right, (count + 1) / (count + 2), 1 / (len(right) - count + 2))
    odds = _log_odds(probabilities)
    slope, offset = _line(np.stack([odds, np.ones(len(odds))], 1), targets, np.zeros(len(odds)))
    allowed = float(np.clip(slope, _FLATTEST, _STEEPEST))
    if allowed != slope:
        (offset,) = _line(np.ones((len(odds), 1)), targets, allowed * odds)
    return Calibration(allowed, float(offset))


def _line(inputs: Array, targets: Array, given: Array) -> Array:
    """Return the weights of `inputs` (entities, weights) that make `targets` most likely.

    given  a part of the log-odds that stays as it is
    """
    line = np.eye(inputs.shape[1])[0] * (inputs.shape[1] > 1)
    for _ in range(_STEPS):
        step = _newton_step(inputs, targets, given + inputs @ line)
        before = _loss(targets, given + inputs @ line)
        while np.abs(step).max() > _LEAST and (
            _loss(targets, given + inputs @ (line - step)) > before
        ):
            step = step / 2
        line = line - step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(line)


def _newton_step(inputs: Array, targets: Array, odds: Array) -> Array:
    found = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
    curvature = (inputs * (found * (1 - found))[:, None]).T @ inputs
    gradient = inputs.T @ (found - targets)
    return np.asarray(np.linalg.solve(curvature + _RIDGE * np.eye(len(curvature)), gradient))


def _loss(targets: Array, odds: Array) -> float:
    return float((np.logaddexp(0, odds) - targets * odds).sum())


def _log_odds(probabilities: npt.ArrayLike) -> Array:
    inside = np.clip(np.asarray(probabilities, np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(inside / (1 - inside)))
