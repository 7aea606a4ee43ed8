"""The history of a run: the figures of every epoch and the loss of every step."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from numbers import Real
from typing import Any

import numpy as np

from chainrule.graph import Array, html_table
from chainrule.train.errors import TrainingError
from chainrule.train.state.curve_pictures import draw_curves

EpochRecord = dict[str, Any]
_SHOWN_EPOCHS = 20


@dataclass
class History:
    """The record of a run so far.

    epochs       one dict per epoch: "epoch", "step", "loss" (the mean over the samples),
                 "learning_rate" (of the last step), "seconds", "samples_per_second", and with
                 validation data "validation_loss" and one entry per metric
    stopped      the reason why the run ended before its last epoch, None if it did not
    interrupted  whether Ctrl-C was the reason

    `history[name]` is one figure of every epoch; `in` and iteration use the names of the figures.
    """

    epochs: list[EpochRecord] = field(default_factory=list)
    stopped: str | None = None
    interrupted: bool = False
    _losses: array[float] = field(default_factory=lambda: array("d"), repr=False)

    @property
    def losses(self) -> Array:
        """The loss of every step, float64 (steps,): a copy."""
        return np.array(self._losses, np.float64)

    @property
    def names(self) -> list[str]:
        """The names in the records of all epochs, in the order of their first use."""
        return list(dict.fromkeys(name for each in self.epochs for name in each))

    def __getitem__(self, name: str) -> list[Any]:
        """Return one figure of every epoch, None for epochs without it.

        Raises TrainingError for a name that no epoch has.
        """
        if name not in self:
            raise TrainingError(
                f"The history has no {name!r}. It holds {', '.join(self.names) or 'no epoch yet'}."
            )
        return [each.get(name) for each in self.epochs]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.epochs)

    def step_recorder(self) -> Callable[[float], None]:
        """Return the function that appends the loss of a step."""
        return self._losses.append

    def to_dict(self) -> dict[str, Any]:
        """Return the history as lists, numbers and text that JSON can store."""
        epochs = [dict(each) for each in self.epochs]
        ended = {"stopped": self.stopped, "interrupted": self.interrupted}
        return {"epochs": epochs, "losses": self._losses.tolist()} | ended

    def restore(self, epochs: Iterable[Mapping[str, Any]], losses: Array) -> None:
        """Replace the contents by those of a checkpoint."""
        self.epochs[:] = [dict(each) for each in epochs]
        self._losses = array("d", losses.tolist())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with loss and metrics against epochs.

        path  a .png, .svg or .pdf file that the figure is written to, atomically; None for no file

        Raises TrainingError without matplotlib (`pip install 'chainrule[plot]'`), or if no epoch
        is done.
        """
        return draw_curves(self.epochs, path)

    def _repr_html_(self) -> str:
        """Return the last epochs as a table for notebooks, with the reason of an early end."""
        shown = self.epochs[-_SHOWN_EPOCHS:]
        names = [name for name in self.names if any(_is_number(each.get(name)) for each in shown)]
        rows = [[_text(each.get(name)) for name in names] for each in shown]
        hidden = len(self.epochs) - len(shown)
        notes = [f"{hidden} earlier epochs are not shown"] if hidden else []
        notes += [f"stopped: {self.stopped}"] if self.stopped else []
        notes = notes if self.epochs else ["no epoch is done yet", *notes]
        table = html_table([name.replace("_", " ") for name in names], rows) if rows else ""
        return table + "".join(f"<p>{escape(each)}</p>" for each in notes)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value) if _is_number(value) else ""
