"""The base class of callbacks: the events of a run, and the state that checkpoints keep."""

from __future__ import annotations

from typing import Any

from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class Callback:
    """The base class of callbacks; a subclass defines the methods of the events it needs.

    Events that a subclass does not define cost nothing. A callback may call `run.stop(reason)`.
    """

    def start(self, run: Run) -> None:
        """Called before the first step; `run.step` is above 0 if the run continues a checkpoint."""

    def after_step(self, run: Run) -> None:
        """Called after every step."""

    def tick(self, run: Run) -> None:
        """Called after a step, at most ten times a second."""

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Called after every epoch; `record` is the last entry of `run.history.epochs`."""

    def finish(self, run: Run) -> None:
        """Called when the run ended normally, by Ctrl-C, or by a failed checkpoint."""

    def fail(self, run: Run, error: Exception) -> None:
        """Called when an error ends the run; the error is raised afterwards."""

    def close(self) -> None:
        """Release files and the terminal; called last, however the run ended."""

    def settings(self) -> dict[str, Any]:
        """Return the options, by name, that must be the same when the run is resumed."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint: numbers, text and arrays by name."""
        return {}

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError if the run cannot be resumed with `state` or with files of its own.

        state  the state in the checkpoint, None if the checkpoint has none for this callback

        Called before anything is changed.
        """

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the state that `state` returned."""

    def handles(self, event: str) -> bool:
        """Return whether the subclass defines the method of an event."""
        return getattr(type(self), event) is not getattr(Callback, event)
