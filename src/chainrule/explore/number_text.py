"""Arrays as text: the elements of small arrays, statistics of others."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

FEW = 6
_FEW_ROWS = 3


def figure(value: Array) -> str:
    """Return an array as text: a number, the elements of a small array, or statistics.

    Numbers have four significant digits. Statistics are the shape, the norm, and the share of zeros
    if there are any.
    """
    if value.ndim == 0:
        return number(value.item())
    if is_small(value):
        return _elements(value)
    if value.dtype.kind != "f":
        return f"{value.dtype}{value.shape}"
    none = value.size - np.count_nonzero(value)
    return f"{value.shape} norm {number(norm(value))}{_zeros(int(none), value.size)}"


def is_small(value: Array) -> bool:
    """Say whether an array is shown by its elements: at most 6, in at most two axes."""
    return value.ndim == 0 or (0 < value.size <= FEW and value.ndim <= 2)


def _zeros(count: int, size: int) -> str:
    if count in (0, size):
        return ", all zeros" if count else ""
    share = min(max(round(100 * count / size), 1), 99)
    return f", {share}% zeros"


def number(value: float | int | bool) -> str:
    """Return a Python number with at most four significant digits; zero has no sign."""
    return format(value + 0.0, ".4g") if isinstance(value, float) else str(value)


@np.errstate(all="ignore")
def norm(value: Array) -> float:
    """Return the Euclidean norm of all elements, in float64."""
    return float(np.sqrt(np.sum(np.square(value, dtype=np.float64))))


def rows(value: Array) -> list[str]:
    """Return an array as short lines: a small matrix row by row, others by shape and norm."""
    if value.ndim == 2 and 0 < value.size <= FEW and len(value) <= _FEW_ROWS:
        return [_elements(row) for row in value]
    if value.ndim < 2 and 0 < value.size <= FEW:
        return [figure(value)]
    size = f"norm {number(norm(value))}" if value.dtype.kind == "f" else str(value.dtype)
    return [str(value.shape), size]


def _elements(value: Array) -> str:
    if value.ndim == 0:
        return number(value.item())
    return "[" + " ".join(_elements(np.asarray(each)) for each in value) + "]"
