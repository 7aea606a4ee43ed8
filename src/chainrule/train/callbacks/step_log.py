"""The base class of callbacks that log epochs and some steps."""

from __future__ import annotations

from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.run import Run
from chainrule.train.state.whole_number import whole_number


class StepLog(Callback):
    """The base class of callbacks that log epochs and some steps.

    every_steps  `note_step` is called after every so many steps; 0 for never

    Raises ValueError for an invalid number of steps.
    """

    def __init__(self, every_steps: int) -> None:
        self.every_steps = whole_number(type(self).__name__, "every_steps", every_steps, 0)

    def after_step(self, run: Run) -> None:
        """Call `note_step` if this step is to be logged."""
        if run.step % self.every_steps == 0:
            self.log_step(run)

    def log_step(self, run: Run) -> None:
        """Log `run.loss` and `run.learning_rate`; subclasses define it."""

    def handles(self, event: str) -> bool:
        """Return whether the event is needed: `after_step` only if steps are logged."""
        return super().handles(event) and not (event == "after_step" and not self.every_steps)
