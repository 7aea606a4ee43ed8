"""A log of epochs, and of every so many steps."""

from __future__ import annotations

from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.run import Run
from chainrule.train.state.whole_number import whole_number


class StepLog(Callback):
    """The base of such logs.

    every_steps  `note_step` is called after every so many steps; 0 for none

    Raises ValueError for what is no number of steps.
    """

    def __init__(self, every_steps: int) -> None:
        self.every_steps = whole_number(type(self).__name__, "every_steps", every_steps, 0)

    def after_step(self, run: Run) -> None:
        """Note a step now and then."""
        if run.step % self.every_steps == 0:
            self.note_step(run)

    def note_step(self, run: Run) -> None:
        """Note `run.loss` and `run.learning_rate`."""

    def hears(self, event: str) -> bool:
        """Say that steps are of no interest if nothing is written of them."""
        return super().hears(event) and not (event == "after_step" and not self.every_steps)
