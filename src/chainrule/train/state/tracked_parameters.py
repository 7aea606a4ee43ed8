"""Everything that a run changes: parameters, statistics, optimizer state, random streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array, Parameter, unchanged, updating
from chainrule.graph import changing as at_one_moment
from chainrule.nn import Module
from chainrule.optim import Average, Optimizer

TrackedParameters = dict[str, Parameter]
StoredValues = dict[str, Array]


def tracked_parameters(
    model: Module, optimizer: Optimizer, average: Average | None = None
) -> TrackedParameters:
    """Return all parameters that a run changes by their paths, which are equal in every process."""
    of_model = model.named_parameters()
    own = set(of_model.values())
    averaged = average.named_state() if average is not None else {}
    others = [each for each in optimizer.parameters if each not in own]
    return {
        **{f"model/{path}": each for path, each in of_model.items()},
        **{f"stream/{path}": each.state for path, each in model.named_streams().items()},
        **{f"optimizer/{path}": each for path, each in optimizer.named_state().items()},
        **{f"average/{path}": each for path, each in averaged.items()},
        **{f"other/{place}": each for place, each in enumerate(others)},
    }


def stored_values(parameters: TrackedParameters) -> StoredValues:
    """Return the arrays stored in the parameters, without copies.

    Lazy rows are not brought up to date, because that rounds differently, and saving must not
    change the numbers of a run.
    """
    with unchanged():
        return {path: each.peek() for path, each in parameters.items()}


def copied_values(parameters: TrackedParameters) -> StoredValues:
    """Return copies of the arrays stored in the parameters."""
    return {path: each.copy() for path, each in stored_values(parameters).items()}


def restore_values(parameters: TrackedParameters, values: Mapping[str, Array]) -> None:
    """Store values in the parameters; their shapes and dtypes have to match."""
    fresh = {path: np.array(values[path], order="C") for path in parameters}
    with updating(), at_one_moment():
        for path, each in parameters.items():
            each.exchange(fresh[path])


def value_mismatches(parameters: TrackedParameters, values: Mapping[str, Array]) -> list[str]:
    """Return, as phrases, which values are missing, unknown, or of another shape or dtype."""
    found = [f"{path} is missing" for path in parameters if path not in values]
    found += [f"{path} is unknown" for path in values if path not in parameters]
    for path, each in parameters.items():
        value: Any = values.get(path, each)
        if not isinstance(value, np.ndarray | Parameter):
            found.append(f"{path} is not an array")
        elif (value.shape, value.dtype) != (each.shape, each.dtype):
            there, here = (f"{a.dtype}{list(a.shape)}" for a in (value, each))
            found.append(f"{path} is {there}, not {here}")
    return found


def first_not_finite(parameters: TrackedParameters) -> str | None:
    """Return the path of the first trainable parameter with an infinite or NaN element."""
    for path, each in parameters.items():
        value = each.peek()
        if each.trainable and not np.isfinite(value).all():
            return path
    return None
