"""The base of callbacks: what a run tells them, and what it keeps for them."""

from __future__ import annotations

from typing import Any

from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class Callback:
    """Something that is told how a run goes on; a subclass defines what it wants to hear of.

    What is not defined costs nothing: `after_step` and `tick` are only called where a subclass has
    them. A callback may call `run.stop(reason)`.
    """

    def start(self, run: Run) -> None:
        """Hear that training begins, or goes on after a checkpoint (`run.step` > 0)."""

    def after_step(self, run: Run) -> None:
        """Hear of every step."""

    def tick(self, run: Run) -> None:
        """Hear of the run at most ten times a second, after a step."""

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Hear what an epoch came to; `record` is the last of `run.history.epochs`."""

    def finish(self, run: Run) -> None:
        """Hear that the run ended: by itself, by Ctrl-C, or as a checkpoint failed."""

    def fail(self, run: Run, error: Exception) -> None:
        """Hear that the run ends by an error, which is raised afterwards."""

    def close(self) -> None:
        """Give files and screens back, however the run ended."""

    def settings(self) -> dict[str, Any]:
        """Return the options, by name, that a run which goes on must have been given again."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: numbers, text and arrays by name."""
        return {}

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError if the run cannot go on: with `state`, or with files of its own.

        state  what the checkpoint keeps, None if it knows no such callback

        Nothing is changed yet: the run is that of `fit`, before it goes to the checkpoint.
        """

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `state` returned."""

    def hears(self, event: str) -> bool:
        """Say whether a subclass defines the event."""
        return getattr(type(self), event) is not getattr(Callback, event)
