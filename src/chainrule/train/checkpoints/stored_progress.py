"""Checks of the header of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.state.value_kinds import (
    COUNT,
    FLOAT,
    LIST,
    NUMBER,
    NUMBER_FROM_1,
    OBJECT,
    OPTIONAL_TEXT,
    TEXT,
    ValueKind,
    wrong,
)

_HEADER = {"settings": OBJECT, "progress": OBJECT, "epochs": LIST, "callbacks": OBJECT}
_EPOCH = {
    "epoch": NUMBER_FROM_1,
    "step": COUNT,
    **dict.fromkeys(("loss", "learning_rate", "seconds", "samples_per_second"), FLOAT),
}
PROGRESS: dict[str, ValueKind] = {
    "epoch": NUMBER_FROM_1,
    "step": COUNT,
    "position": COUNT,
    "samples": COUNT,
    "total": NUMBER,
    "seconds": NUMBER,
    "learning_rate": NUMBER,
}
_STOPPED = {"stopped": OPTIONAL_TEXT}


def what_is_wrong(header: Any, arrays: Mapping[str, Array], version: int) -> str | None:
    """Return a phrase that says what is wrong with a header, None if it is valid."""
    if found := wrong(header, _HEADER):
        return found
    return next(_faults(header, arrays, version), None)


def _faults(header: Mapping[str, Any], arrays: Mapping[str, Array], version: int) -> Iterator[str]:
    progress, epochs = header["progress"], header["epochs"]
    if found := wrong(progress, PROGRESS | _STOPPED):
        yield f"in its progress, {found}"
        return
    for number, each in enumerate(epochs, start=1):
        if found := wrong(each, _EPOCH):
            yield f"in the record of epoch {number}, {found}"
        elif each["epoch"] != number:
            yield f"the record of epoch {number} is that of epoch {each['epoch']}"
    if len(epochs) != progress["epoch"] - 1:
        yield f"it has the records of {len(epochs)} epochs, and is in epoch {progress['epoch']}"
    yield from _in_settings(header["settings"], version)
    yield from _in_callbacks(header["callbacks"], arrays)
    losses = arrays.get("losses")
    if losses is None or losses.dtype != np.float64 or losses.shape != (progress["step"],):
        yield f"it does not hold the loss of each of its {progress['step']} steps"


def _in_settings(settings: Any, version: int) -> Iterator[str]:
    if version > 1:
        if found := wrong(settings, dict.fromkeys(settings, TEXT)):
            yield f"in its settings, {found}"
        return
    if found := wrong(settings, {"optimizer": TEXT}):
        yield f"in its settings, {found}"
    for name in ("training data", "validation data"):
        if not isinstance(settings.get(name, 0), dict | None):
            yield f"its settings lack the {name}"


def _in_callbacks(callbacks: Mapping[str, Any], arrays: Mapping[str, Array]) -> Iterator[str]:
    for name, state in callbacks.items():
        if not isinstance(state, dict):
            yield f"the state of the callback {name!a} is not an object"
            continue
        for key, value in state.items():
            if value == {"array": key} and f"callbacks/{name}/{key}" not in arrays:
                yield f"the array {key!a} of the callback {name!a} is missing"
