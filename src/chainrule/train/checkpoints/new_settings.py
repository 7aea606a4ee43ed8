"""Resuming with new settings: a checkpoint is adapted to settings that differ from its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chainrule.graph import Array, as_tensor, eagerly
from chainrule.optim import Optimizer
from chainrule.storage import shown
from chainrule.train.checkpoints.checkpoint_file import CheckpointContent
from chainrule.train.checkpoints.run_settings import RATE, Differences, in_words
from chainrule.train.errors import CheckpointError
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import (
    StoredValues,
    TrackedParameters,
    stored_values,
    value_mismatches,
)

_MODEL, _OPTIMIZER, _AVERAGE = "model/", "optimizer/", "average/"
_RATE, _LAST = "optimizer/learning_rate", ".last"
_ACCUMULATED = (".accumulated", ".touched", "/accumulated_calls")
_RULE = ("optimizer", "optimizer.transforms")
_GATHERING = ("optimizer.accumulate", "optimizer.rows")
_THIS_EPOCH = {"position": 0, "samples": 0, "total": 0.0, "seconds": 0.0}


@dataclass(frozen=True)
class AdaptedCheckpoint:
    """A checkpoint adapted to new settings.

    report  the differences, and the state that is reset, as text for a warning
    rate    the learning rate that replaces the stored one, None to keep that
    """

    content: CheckpointContent
    report: str
    rate: float | None

    def set_rate(self, optimizer: Optimizer) -> None:
        """Set the rate after lazy rows were brought up to date with the stored one."""
        if self.rate is not None:
            optimizer.learning_rate = self.rate


def adapted(
    path: Path,
    content: CheckpointContent,
    parameters: TrackedParameters,
    run: Run,
    changed: Differences,
) -> AdaptedCheckpoint:
    """Return a checkpoint in which values that do not fit are replaced by initial values.

    Parameters of the model have to fit. The state of the optimizer is kept if its update rule is
    the same, and reset to step 0 if not. Raises CheckpointError for another model, and for lazy
    rows whose pending updates need the old options.
    """
    optimizer = run.optimizer
    _require_caught_up(path, content.values, changed)
    own = {name: each for name, each in parameters.items() if not _may_differ(name)}
    values = {name: each for name, each in content.values.items() if not _may_differ(name)}
    if wrong := value_mismatches(own, values):
        raise CheckpointError(
            f"The checkpoint {shown(path)} is of another model: {'; '.join(wrong)}. Give the model "
            "that it was written with; other settings may be new."
        )
    kept = _kept(parameters, content.values, changed)
    steps = kept.get("optimizer/steps", np.zeros((), np.int64))
    found: StoredValues = {**_fresh(parameters, steps), **kept}
    rate = None
    if optimizer.schedule is not None:
        found[_RATE] = _rate_at(optimizer, steps)
    elif RATE in changed:
        rate = optimizer.learning_rate
    lost = [name for name in parameters if name not in kept and name != _RATE]
    lost += [name for name in content.values if name not in parameters]
    progress = {**content.progress, "stopped": None}
    if any(name.startswith("training.") for name in changed):
        progress |= _THIS_EPOCH
    report = _report(path, changed, lost, progress)
    return AdaptedCheckpoint(replace(content, values=found, progress=progress), report, rate)


def _may_differ(name: str) -> bool:
    return name.startswith((_OPTIMIZER, _AVERAGE, "stream/"))


def _kept(
    parameters: TrackedParameters, values: Mapping[str, Array], changed: Differences
) -> StoredValues:
    """Return the stored values that are kept: those that fit and whose rule is the same."""
    same_rule = not any(name in changed for name in _RULE)
    same_gathering = same_rule and not any(name in changed for name in _GATHERING)
    found = {
        name: values[name]
        for name, each in parameters.items()
        if name in values and not value_mismatches({name: each}, {name: values[name]})
    }
    return {
        name: each
        for name, each in found.items()
        if (same_rule or not name.startswith(_OPTIMIZER))
        and (same_gathering or not name.endswith(_ACCUMULATED))
    }


def _fresh(parameters: TrackedParameters, steps: Array) -> StoredValues:
    """Return the current values of the parameters; lazy rows count as updated at this step."""
    return {
        name: np.full_like(each, steps) if _is_last(name) else each
        for name, each in stored_values(parameters).items()
    }


def _is_last(name: str) -> bool:
    return name.startswith(_OPTIMIZER) and name.endswith(_LAST)


def _rate_at(optimizer: Optimizer, steps: Array) -> Array:
    assert optimizer.schedule is not None
    with eagerly():
        rate = as_tensor(optimizer.schedule(as_tensor(steps))).astype("float64")
    return np.array(rate.read())


def _require_caught_up(path: Path, values: Mapping[str, Array], changed: Differences) -> None:
    options = [name for name in changed if name.startswith("optimizer") and name != RATE]
    made = int(values["optimizer/steps"].max(initial=0)) if "optimizer/steps" in values else 0
    behind = [name for name, each in values.items() if _is_last(name) and (each < made).any()]
    if options and behind:
        raise CheckpointError(
            f"In the checkpoint {shown(path)}, rows of tables have pending updates: "
            f"{', '.join(behind)}. They need the options that they were trained with, but these "
            f"differ: {', '.join(options)}. Give the old options, and let a callback call "
            "run.optimizer.catch_up() before the last checkpoint."
        )


def _report(
    path: Path, changed: Differences, lost: list[str], progress: Mapping[str, object]
) -> str:
    parts = [f"fit continues from {shown(path)} with new settings: {'; '.join(in_words(changed))}."]
    if lost:
        parts.append(f"Reset or dropped: {', '.join(lost)}.")
    if progress["position"] == 0:
        parts.append(f"Epoch {progress['epoch']} begins at its first batch.")
    return " ".join(parts)
