"""The callback that lowers the learning rate when a figure stops improving."""

from __future__ import annotations

from typing import Any, Protocol

from chainrule.graph import Parameter
from chainrule.train.callbacks.best_value import monitored_figure
from chainrule.train.callbacks.callback import Callback
from chainrule.train.errors import TrainingError
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import copied_values, restore_values, value_mismatches


class Plateau(Protocol):
    """The interface of `chainrule.optim.ReduceOnPlateau`, which lowers an optimizer's rate."""

    def named_state(self) -> dict[str, Parameter]: ...

    def update(self, metric: float) -> bool: ...


class ReduceOnPlateau(Callback):
    """Pass the figure `monitor` to `plateau` after every epoch; a checkpoint keeps its state.

    plateau  a `chainrule.optim.ReduceOnPlateau` of the optimizer of the run; a figure that is NaN
             is no improvement
    monitor  the name of the figure

    Raises TrainingError after the first epoch if the figure does not exist.
    """

    def __init__(self, plateau: Plateau, monitor: str = "validation_loss") -> None:
        self.plateau, self.monitor = plateau, monitor

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Update the plateau with the figure of the epoch."""
        self.plateau.update(monitored_figure(record, self.monitor))

    def settings(self) -> dict[str, Any]:
        """Return the name of the figure and the options of the plateau."""
        options = {
            name: value
            for name, value in getattr(self.plateau, "__dict__", {}).items()
            if not name.startswith("_") and isinstance(value, bool | int | float | str)
        }
        return {"monitor": self.monitor, **options}

    def state(self) -> dict[str, Any]:
        """Return copies of the state of the plateau."""
        return dict(copied_values(self.plateau.named_state()))

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError for a state that does not fit the plateau."""
        if state is not None and (wrong := value_mismatches(self.plateau.named_state(), state)):
            raise TrainingError(f"The checkpoint is of another plateau: {'; '.join(wrong)}.")

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the state that `state` returned."""
        restore_values(self.plateau.named_state(), state)
