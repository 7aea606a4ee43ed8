"""Early stopping: a run ends when a figure has not become better for a while."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Array
from chainrule.train.callbacks.best_value import Best, MonitorMode
from chainrule.train.callbacks.callback import Callback
from chainrule.train.errors import TrainingError
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import value_mismatches
from chainrule.train.state.value_kinds import COUNT, require_state
from chainrule.train.state.whole_number import whole_number

_WEIGHTS = "weights/"


class EarlyStopping(Callback):
    """Stop after `patience` epochs in a row without a better value of `monitor`.

    mode          "min" if small is good, "max" if large is
    min_delta     what counts as better is better by more than this
    patience      epochs
    restore_best  whether the model gets the weights of its best epoch when the run ends, by itself
                  or by Ctrl-C; a checkpoint keeps them too

    A callback that is used again begins anew with every run. A run that it has stopped is over: its
    checkpoints do not go on with more patience, but with resume="with new settings".

    Prechelt: Early stopping, but when? (1998). Raises TrainingError after the first epoch if there
    is no such figure, ValueError for settings out of range.
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        *,
        mode: MonitorMode = "min",
        min_delta: float = 0.0,
        patience: int = 10,
        restore_best: bool = True,
    ) -> None:
        self.patience = whole_number("EarlyStopping", "patience", patience, 1)
        self.best, self.restore_best = Best(monitor, mode, min_delta), restore_best
        self.waited = 0
        self._weights: dict[str, Array] = {}

    def start(self, run: Run) -> None:
        """Forget an earlier run."""
        if run.step == 0:
            self.best.forget()
            self.waited, self._weights = 0, {}

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Keep the weights of the best epoch, or count one more that was not better."""
        if self.best.improves(record):
            self.waited = 0
            if self.restore_best:
                self._weights = run.model.state()
            return
        self.waited += 1
        if self.waited >= self.patience:
            best = "none was finite" if self.best.value is None else f"{self.best.value:.6g}"
            run.stop(
                f"{self.best.monitor} was best in epoch {self.best.epoch} ({best}) and not better "
                f"in {self.waited} epochs since"
            )

    def finish(self, run: Run) -> None:
        """Give the model its best weights back."""
        if self._weights:
            run.model.load_state(self._weights)

    def settings(self) -> dict[str, Any]:
        """Return the options; `restore_best` may change where the weights are there."""
        return {**self.best.settings(), "patience": self.patience}

    def state(self) -> dict[str, Any]:
        """Return the best value, how long ago it was, and its weights."""
        weights = {f"{_WEIGHTS}{path}": each for path, each in self._weights.items()}
        return self.best.state() | {"waited": self.waited} | weights

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError for weights that are missing, or not those of the model."""
        if state is None:
            return
        self.best.check(state)
        require_state(self, state, waited=COUNT)
        weights = _weights_in(state)
        if self.restore_best and state["best"] is not None and not weights:
            raise TrainingError(
                "EarlyStopping(restore_best=True) goes on with a checkpoint that was written "
                "without the best weights. Use restore_best=False, or another folder."
            )
        if weights and (found := value_mismatches(run.model.named_parameters(), weights)):
            raise TrainingError(
                f"The best weights that EarlyStopping kept are not of this model: "
                f"{'; '.join(found)}. Use another folder."
            )

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `state` returned."""
        self.best.load_state(state)
        self.waited = state["waited"]
        self._weights = _weights_in(state) if self.restore_best else {}


def _weights_in(state: dict[str, Any]) -> dict[str, Array]:
    return {
        path.removeprefix(_WEIGHTS): each
        for path, each in state.items()
        if path.startswith(_WEIGHTS)
    }
