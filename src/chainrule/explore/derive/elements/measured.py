"""Derivatives of elements by central differences, and the comparison of formulas with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explore.derive.verify import LineCheck
from chainrule.grad.differences import STEP, Probe
from chainrule.graph import Array, Shape

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
    """Return the derivatives with respect to one element; None across a kink."""
    element = np.zeros(probe.point.shape)
    element[place] = STEP * max(1.0, float(np.abs(probe.point).max()))
    step = float(element.sum())
    above, branches_above = probe.at(probe.point + element)
    below, branches_below = probe.at(probe.point - element)
    pairs = zip(branches_above, branches_below, strict=True)
    if any(not np.array_equal(a, b) for a, b in pairs):
        return None
    size = float(max(np.abs(above).max(initial=0), np.abs(below).max(initial=0)))
    noise = 8 * float(np.finfo(np.float64).eps) * size / step
    return Column((above - below) / (2 * step), noise)


def compared(
    pairs: Iterator[tuple[Array | float, Array | float, float] | None], sampled: bool = False
) -> LineCheck:
    """Return the check of numbers beside others; None stands for a place on a kink.

    pairs  numbers, numbers to compare them with, and a bound on rounding errors
    """
    found = list(pairs)
    errors = [error(*each) for each in found if each is not None]
    return LineCheck(
        max(errors, default=0.0),
        kink=bool(found) and not errors,
        direction=False,
        sampled=sampled,
    )


def error(first: Array | float, second: Array | float, noise: float = 0.0) -> float:
    """Return the largest difference, relative to the largest number or what rounding explains."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    larger = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0), noise * _NOISE_MARGIN, _TINY)
    return float(np.abs(a - b).max(initial=0) / larger)
