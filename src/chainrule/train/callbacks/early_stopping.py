"""Early stopping: end a run when a figure has not improved for some epochs."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Array
from chainrule.train.callbacks.best_value import BestValue, MonitorMode
from chainrule.train.callbacks.callback import Callback
from chainrule.train.errors import TrainingError
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import value_mismatches
from chainrule.train.state.value_kinds import COUNT, require_state
from chainrule.train.state.whole_number import whole_number

_WEIGHTS = "weights/"


class EarlyStopping(Callback):
    """Stop the run after `patience` epochs in a row without an improvement of `monitor`.

    monitor       the name of the figure that is compared
    mode          "min" if small values are good, "max" if large ones are
    min_delta     the least difference that counts as an improvement
    patience      the number of epochs without an improvement
    restore_best  whether the model gets the weights of its best epoch when the run ends normally or
                  by Ctrl-C; checkpoints keep these weights too

    The callback is reset at the start of every new run. A run that it has stopped continues from
    its checkpoint only with resume="with new settings".

    Prechelt: Early stopping, but when? (1998). Raises TrainingError after the first epoch if the
    figure does not exist, ValueError for options out of range.
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
        self.best, self.restore_best = BestValue(monitor, mode, min_delta), restore_best
        self.waited = 0
        self._weights: dict[str, Array] = {}

    def start(self, run: Run) -> None:
        """Reset the callback for a new run."""
        if run.step == 0:
            self.best.forget()
            self.waited, self._weights = 0, {}

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Keep the weights of the best epoch, or count an epoch without an improvement."""
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
        """Load the best weights into the model."""
        if self._weights:
            run.model.load_state(self._weights)

    def settings(self) -> dict[str, Any]:
        """Return the options except `restore_best`, which may change if the weights are stored."""
        return {**self.best.settings(), "patience": self.patience}

    def state(self) -> dict[str, Any]:
        """Return the best value, the number of epochs since, and the weights of the best epoch."""
        weights = {f"{_WEIGHTS}{path}": each for path, each in self._weights.items()}
        return self.best.state() | {"waited": self.waited} | weights

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError for weights that are missing or do not fit the model."""
        if state is None:
            return
        self.best.check(state)
        require_state(self, state, waited=COUNT)
        weights = _weights_in(state)
        if self.restore_best and state["best"] is not None and not weights:
            raise TrainingError(
                "EarlyStopping(restore_best=True) continues a checkpoint that was written "
                "without the best weights. Use restore_best=False, or another folder."
            )
        if weights and (found := value_mismatches(run.model.named_parameters(), weights)):
            raise TrainingError(
                f"The best weights that EarlyStopping kept are not of this model: "
                f"{'; '.join(found)}. Use another folder."
            )

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the state that `state` returned."""
        self.best.load_state(state)
        self.waited = state["waited"]
        self._weights = _weights_in(state) if self.restore_best else {}


def _weights_in(state: dict[str, Any]) -> dict[str, Array]:
    return {
        path.removeprefix(_WEIGHTS): each
        for path, each in state.items()
        if path.startswith(_WEIGHTS)
    }
