"""Gates whose value is part of the memory of their input, so that nothing is computed."""

from __future__ import annotations

import math

from chainrule.graph import Tensor


def start_of_view(node: Tensor) -> int:
    """Return the first element of a view in its input: 0."""
    return 0


def start_of_sum(node: Tensor) -> int | None:
    """Return 0 for a sum over no axis in the dtype of its input, None for every other sum."""
    sums_nothing = not node.attributes["axis"] and node.dtype == node.inputs[0].dtype
    return 0 if sums_nothing else None


def start_of_slice(node: Tensor) -> int | None:
    """Return the first element of a contiguous slice in its input, None for a strided slice."""
    x, starts = node.inputs[0], node.attributes["starts"]
    cut = [axis for axis, extent in enumerate(x.shape) if node.shape[axis] != extent]
    if len(cut) > 1 or any(step != 1 for step in node.attributes["steps"]):
        return None
    if node.ndim == 0:
        return 0
    axis = cut[0] if cut else 0
    is_contiguous = all(extent == 1 for extent in x.shape[:axis])
    return starts[axis] * math.prod(x.shape[axis + 1 :]) if is_contiguous else None
