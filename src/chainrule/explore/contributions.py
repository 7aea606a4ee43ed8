"""Contributions of inputs to a score: gradient times input, and integrated gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.compile import Compiled
from chainrule.explore.errors import CompletenessError
from chainrule.grad import value_and_grad
from chainrule.grad.argument_trees import leaves, like, mapped
from chainrule.graph import Array, ShapeError, as_tensor

Score = Callable[[Any], Any]
_NODES, _WEIGHTS = (each / 2 for each in np.polynomial.legendre.leggauss(4))
_ROUNDING = 64  # units in the last place of the score that no number of points removes


@dataclass(frozen=True, eq=False)
class Contributions:
    """What every element of an input contributes to a score, beside a baseline.

    values          float64 arrays in the structure and shapes of the input
    score           the score of the input
    baseline_score  the score of the baseline
    points          the number of points at which the gradient was computed
    """

    values: Any
    score: float
    baseline_score: float
    points: int

    @property
    def total(self) -> float:
        """The sum of all contributions."""
        return float(sum(each.sum() for each in leaves(self.values)))

    @property
    def unexplained(self) -> float:
        """The change of the score that the contributions leave: score - baseline_score - total."""
        return self.score - self.baseline_score - self.total


def gradient_times_input(score: Score, x: Any, baseline: Any = None) -> Contributions:
    """Return df/dx · (x - baseline) for every element of `x`, from one gradient.

    The first-order estimate of what a change to the baseline would cost; it sums to the change of
    the score where that is linear, and `unexplained` says what is left. Arguments are those of
    `integrated_gradients`.
    """
    path = _Path(score, x, baseline)
    values = path.gradient(1.0)
    return path.contributions(values, path.score(0.0), path.score(1.0), 1)


def integrated_gradients(
    score: Score,
    x: Any,
    baseline: Any = None,
    *,
    tolerance: float = 1e-3,
    max_points: int = 4096,
) -> Contributions:
    """Return contributions of all elements of `x` that sum to the change of a score.

        (x - b) ∫ df/dx(b + t (x - b)) dt, t from 0 to 1

    score       a function of one argument to a scalar tensor
    x           its argument: floating-point arrays, or nested lists, tuples and dicts of them
    baseline    b, the point to compare with, of the same structure and shapes; zeros if None
    tolerance   the largest error of the sum, relative to the largest of |score|, |baseline score|
                and their difference
    max_points  the largest number of points at which the gradient is computed

    The path is halved where the sum over a part misses the change of the score there, so that kinks
    (ReLU, maxima) are met with short parts; a part takes four points (Gauss and Legendre).

    Raises CompletenessError if the sum stays beyond the tolerance, ShapeError if baseline and
    input differ in structure or shape, and GradientError as `cr.value_and_grad` does.
    Sundararajan, Taly and Yan: Axiomatic attribution for deep networks (2017).
    """
    path = _Path(score, x, baseline)
    first, last = path.score(0.0), path.score(1.0)
    allowed = tolerance * max(abs(first), abs(last), abs(last - first)) + path.rounding(last)
    parts = [_Part.of(path, 0.0, 1.0, first, last)]
    used = len(_NODES)
    while (missed := sum(each.missed for each in parts)) > allowed:
        if used > max_points:
            raise CompletenessError(
                f"Contributions were to sum to a change of the score of {last - first:.6g}, but "
                f"miss it by up to {missed:.3g} after {used} points, more than {allowed:.3g}. Give "
                "a larger max_points or tolerance, or compute the score in float64."
            )
        worst = heappop(parts)
        for half in worst.halves(path):
            heappush(parts, half)
        used += 2 * len(_NODES)
    return path.contributions(_summed(parts), first, last, used)


class _Path:
    """The straight line from a baseline to an input, and a score along it."""

    def __init__(self, score: Score, x: Any, baseline: Any) -> None:
        self._tree = mapped(_array, x)
        self._end = leaves(self._tree)
        self._start = _baseline(self._tree, baseline)
        self._steps = [
            end.astype(float) - start for end, start in zip(self._end, self._start, strict=True)
        ]
        self._value_and_grad = Compiled(value_and_grad(score))
        self._scores: dict[float, float] = {}
        self._dtype: Any = np.float64

    def score(self, t: float) -> float:
        """Return the score at a point of the path."""
        if t not in self._scores:
            self.gradient(t)
        return self._scores[t]

    def gradient(self, t: float) -> list[Array]:
        """Return the gradient at a point of the path times its whole length, in float64."""
        value, gradient = self._value_and_grad(self._at(t))
        self._dtype = value.dtype
        self._scores[t] = float(value)
        return [
            np.asarray(slope.read(), float) * step
            for slope, step in zip(leaves(gradient), self._steps, strict=True)
        ]

    def rounding(self, score: float) -> float:
        """Return the change of a score that rounding explains."""
        return _ROUNDING * float(np.finfo(self._dtype).eps) * abs(score)

    def contributions(
        self, values: list[Array], first: float, last: float, points: int
    ) -> Contributions:
        """Return the contributions in the structure of the input."""
        return Contributions(like(self._tree, values), last, first, points)

    def _at(self, t: float) -> Any:
        if t == 1.0:
            return self._tree
        points = [
            (start + t * step).astype(end.dtype)
            for start, step, end in zip(self._start, self._steps, self._end, strict=True)
        ]
        return like(self._tree, points)


@dataclass(frozen=True)
class _Part:
    """A part of a path: contributions in it, and what their sum misses."""

    missed: float
    begin: float
    end: float
    values: list[Array]

    @classmethod
    def of(cls, path: _Path, begin: float, end: float, first: float, last: float) -> _Part:
        length, middle = end - begin, (begin + end) / 2
        slopes = [path.gradient(middle + length * node) for node in _NODES]
        values = [
            length * sum(weight * slope for weight, slope in zip(_WEIGHTS, each, strict=True))
            for each in zip(*slopes, strict=True)
        ]
        missed = abs(last - first - float(sum(each.sum() for each in values)))
        return cls(missed, begin, end, values)

    def halves(self, path: _Path) -> list[_Part]:
        middle = (self.begin + self.end) / 2
        ends = [self.begin, middle, self.end]
        return [
            _Part.of(path, begin, end, path.score(begin), path.score(end))
            for begin, end in pairwise(ends)
        ]

    def __lt__(self, other: _Part) -> bool:
        """The part that misses most comes first."""
        return self.missed > other.missed


def _summed(parts: list[_Part]) -> list[Array]:
    return [np.sum(each, axis=0) for each in zip(*(part.values for part in parts), strict=True)]


def _array(leaf: Any) -> Array:
    return np.asarray(as_tensor(leaf).read())


def _baseline(x: Any, baseline: Any) -> list[Array]:
    """Return the leaves of the baseline in float64, zeros if there is none."""
    if baseline is None:
        return [np.zeros(each.shape) for each in leaves(x)]
    given = mapped(_array, baseline)
    shapes, expected = mapped(np.shape, given), mapped(np.shape, x)
    if shapes != expected:
        raise ShapeError(
            f"Contributions of an input of shape {expected} were asked for beside a baseline of "
            f"shape {shapes}. Give a baseline of the structure and shapes of the input."
        )
    return [each.astype(float) for each in leaves(given)]
