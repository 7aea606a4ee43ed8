"""Derivatives of elements by central differences, and the comparison of formulas with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explore.derive.verify import LineCheck
from chainrule.grad.differences import STEP, Probe
from chainrule.graph import Array, Shape

ROUNDING = float(np.finfo(np.float64).eps)
"""The rounding error of a formula of numbers around 1."""

_EVERY, _SAMPLE = 20, 6
_NOISE_MARGIN = 1e5
_TINY = 1e-300

Place = tuple[int, ...]


@dataclass(frozen=True)
class Column:
    """The derivatives of all elements of a value with respect to one element of an operand.

    noise  a bound on the rounding errors of `slopes`
    """

    slopes: Array
    noise: float


def places(shape: Shape) -> tuple[list[Place], bool]:
    """Return all positions in an array of up to 20 elements, else 6 and True for a sample."""
    size = int(np.prod(shape))
    picked: Sequence[int] = range(size)
    if size > _EVERY:
        picked = sorted(np.random.default_rng(0).choice(size, _SAMPLE, replace=False).tolist())
    found = [tuple(int(each) for each in np.unravel_index(at, shape)) for at in picked]
    return found, size > _EVERY


def column(probe: Probe, place: Place) -> Column | None:
    """Return the derivatives with respect to one element; None across a kink, or at infinity."""
    if not np.isfinite(probe.point[place]):
        return None
    element = np.zeros(probe.point.shape)
    step = STEP * max(1.0, abs(float(probe.point[place])))
    element[place] = step
    above, branches_above = probe.at(probe.point + element)
    below, branches_below = probe.at(probe.point - element)
    pairs = zip(branches_above, branches_below, strict=True)
    if any(not np.array_equal(a, b) for a, b in pairs):
        return None
    size = float(max(np.abs(above).max(initial=0), np.abs(below).max(initial=0)))
    noise = 8 * float(np.finfo(np.float64).eps) * size / step
    return Column((above - below) / (2 * step), noise)


def compared(
    pairs: Iterable[tuple[Array | float, Array | float, float] | None], sampled: bool = False
) -> LineCheck:
    """Return the check of numbers beside others; None stands for a place on a kink.

    pairs  numbers, numbers to compare them with, and a bound on rounding errors. Numbers that
           overflow in one of both are left out: textbook formulas overflow earlier than gates
    """
    errors: list[float] = []
    found = list(pairs)
    for each in found:
        if each is not None:
            a, b = np.broadcast_arrays(*(np.asarray(number, np.float64) for number in each[:2]))
            finite = np.isfinite(a) & np.isfinite(b)
            errors += [_error(a[finite], b[finite], each[2])] if finite.any() else []
    return LineCheck(
        max(errors, default=0.0),
        kink=bool(found) and not errors,
        direction=False,
        sampled=sampled,
    )


def _error(first: Array, second: Array, noise: float) -> float:
    """Return the largest difference, relative to the largest number or what rounding explains."""
    larger = max(np.abs(first).max(), np.abs(second).max(), noise * _NOISE_MARGIN, _TINY)
    return float(np.abs(first - second).max() / larger)
