"""Contributions of inputs to a score: gradient times input, and integrated gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain
from typing import Any

import numpy as np

from chainrule.compile import Compiled
from chainrule.explore.errors import CompletenessError
from chainrule.grad import value_and_grad, vmap
from chainrule.grad.argument_trees import leaves, like, mapped
from chainrule.graph import Array, ShapeError, as_tensor

Score = Callable[[Any], Any]
Slopes = Callable[[Any], tuple[Any, Any]]
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
    path = _Path(_compiled(score), x, baseline)
    values, _ = path.gradients([1.0, 0.0])
    return path.contributions(values, path.scores[0.0], path.scores[1.0], 1)


def integrated_gradients(
    score: Score | None,
    x: Any,
    baseline: Any = None,
    *,
    tolerance: float = 1e-3,
    max_points: int = 4096,
    at_once: int = 1,
    slopes: Slopes | None = None,
) -> Contributions:
    """Return contributions of all elements of `x` that sum to the change of a score.

        (x - b) ∫ df/dx(b + t (x - b)) dt, t from 0 to 1

    score       a function of one argument to a scalar tensor; None with `slopes`
    x           its argument: floating-point arrays, or nested lists, tuples and dicts of them
    baseline    b, the point to compare with, of the same structure and shapes; zeros if None
    tolerance   the largest error of the sum, relative to the largest of |score|, |baseline score|
                and their difference
    max_points  the largest number of points at which the gradient is computed
    at_once     the number of points of one pass, by `cr.vmap`: several, such as 9, are faster where
                the weights of a network are larger than its input
    slopes      computes scores and gradients in place of `score`, such as a compiled function that
                is kept for many inputs: of `at_once` inputs, stacked on a first axis unless
                `at_once` is 1, to (scores, gradients), stacked in the same way

    The path is halved where the sum over a part misses the change of the score there, so that kinks
    (ReLU, maxima) are met with short parts; a part takes four points (Gauss and Legendre).

    Raises CompletenessError if the sum stays beyond the tolerance, ShapeError if baseline and
    input differ in structure or shape, and GradientError as `cr.value_and_grad` does.
    Sundararajan, Taly and Yan: Axiomatic attribution for deep networks (2017).
    """
    path = _Path(slopes or _compiled(score, at_once), x, baseline, at_once)
    inner = path.gradients([*_nodes(0.0, 1.0), 0.0, 1.0])[: len(_NODES)]
    first, last = path.scores[0.0], path.scores[1.0]
    allowed = tolerance * max(abs(first), abs(last), abs(last - first)) + path.rounding(last)
    parts = [_Part.of(path, 0.0, 1.0, inner)]
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


def _compiled(score: Score | None, at_once: int = 1) -> Slopes:
    if score is None:
        raise TypeError("Neither score nor slopes was given. Give one of them.")
    slopes = value_and_grad(score)
    return Compiled(slopes if at_once == 1 else vmap(slopes))


class _Path:
    """The straight line from a baseline to an input, and a score along it."""

    def __init__(self, slopes: Slopes, x: Any, baseline: Any, at_once: int = 1) -> None:
        self._tree = mapped(_array, x)
        self._end = leaves(self._tree)
        self._start = _baseline(self._tree, baseline)
        self._steps = [
            end.astype(float) - start for end, start in zip(self._end, self._start, strict=True)
        ]
        self._at_once = at_once
        self._value_and_grad = slopes
        self.scores: dict[float, float] = {}
        self._dtype: Any = np.float64

    def gradients(self, points: Sequence[float]) -> list[list[Array]]:
        """Return the gradient at each point times the length of the path, in float64.

        The scores at the points are in `scores` then.
        """
        n = self._at_once
        groups = [points[i : i + n] for i in range(0, len(points), n)]
        computed = self._one if n == 1 else self._several
        return [each for group in groups for each in computed(group)]

    def _one(self, points: Sequence[float]) -> list[list[Array]]:
        value, gradient = self._value_and_grad(like(self._tree, self._at(points[0])))
        self._note(points, [value.read()])
        return [self._scaled(leaves(gradient))]

    def _several(self, points: Sequence[float]) -> list[list[Array]]:
        """Compute a full pass, with points repeated if there are fewer."""
        filled = [points[i % len(points)] for i in range(self._at_once)]
        stacked = [np.stack(each) for each in zip(*map(self._at, filled), strict=True)]
        values, gradient = self._value_and_grad(like(self._tree, stacked))
        self._note(points, values.read())
        slopes = [each.read() for each in leaves(gradient)]
        return [self._scaled([each[i] for each in slopes]) for i in range(len(points))]

    def _note(self, points: Sequence[float], values: Any) -> None:
        self._dtype = values[0].dtype
        self.scores |= {t: float(value) for t, value in zip(points, values, strict=False)}

    def _scaled(self, slopes: Sequence[Any]) -> list[Array]:
        return [
            np.asarray(slope, float) * step for slope, step in zip(slopes, self._steps, strict=True)
        ]

    def rounding(self, score: float) -> float:
        """Return the change of a score that rounding explains."""
        return _ROUNDING * float(np.finfo(self._dtype).eps) * abs(score)

    def contributions(
        self, values: list[Array], first: float, last: float, points: int
    ) -> Contributions:
        """Return the contributions in the structure of the input."""
        return Contributions(like(self._tree, values), last, first, points)

    def _at(self, t: float) -> list[Array]:
        if t == 1.0:
            return self._end
        return [
            (start + t * step).astype(end.dtype)
            for start, step, end in zip(self._start, self._steps, self._end, strict=True)
        ]


@dataclass(frozen=True)
class _Part:
    """A part of a path: contributions in it, and what their sum misses."""

    missed: float
    begin: float
    end: float
    values: list[Array]

    @classmethod
    def of(cls, path: _Path, begin: float, end: float, slopes: Sequence[list[Array]]) -> _Part:
        """Return a part with the gradients at its nodes."""
        values = [
            (end - begin)
            * sum(weight * slope for weight, slope in zip(_WEIGHTS, each, strict=True))
            for each in zip(*slopes, strict=True)
        ]
        change = path.scores[end] - path.scores[begin]
        missed = abs(change - float(sum(each.sum() for each in values)))
        return cls(missed, begin, end, values)

    def halves(self, path: _Path) -> list[_Part]:
        """Return the two halves, whose gradients are computed."""
        middle = (self.begin + self.end) / 2
        halves = [(self.begin, middle), (middle, self.end)]
        slopes = path.gradients([*chain(*(_nodes(*each) for each in halves)), middle])
        n = len(_NODES)
        return [_Part.of(path, *half, slopes[i * n : (i + 1) * n]) for i, half in enumerate(halves)]

    def __lt__(self, other: _Part) -> bool:
        """The part that misses most comes first."""
        return self.missed > other.missed


def _nodes(begin: float, end: float) -> list[float]:
    """Return the points at which the gradient of a part is computed."""
    return [float((begin + end) / 2 + (end - begin) * node) for node in _NODES]


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
