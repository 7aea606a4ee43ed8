"""Statistics of arrays, as values that JSON can hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.explore.number_text import is_small, norm
from chainrule.graph import Array


def statistics(value: Array) -> dict[str, Any]:
    """Return shape, dtype, norm, the share of zeros, and the elements of a small array.

    Norm and zeros are None for an array without elements. Numbers that are not finite become the
    strings "nan", "inf" and "-inf", because JSON has no such numbers.
    """
    filled = value.size > 0
    return {
        "shape": list(value.shape),
        "dtype": str(value.dtype),
        "norm": plain(norm(value)) if filled else None,
        "zeros": 1 - int(np.count_nonzero(value)) / value.size if filled else None,
        "elements": plain(value.tolist()) if is_small(value) else None,
    }


def plain(value: Any) -> Any:
    """Return nested lists of numbers, with strings for numbers that are not finite."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
