"""A schedule: the learning rate as a function of the number of steps made so far."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor, TensorLike, as_tensor, eagerly
from chainrule.optim.checks import require_whole
from chainrule.optim.schedules.schedule_picture import draw


class Schedule:
    """The base class of schedules: a subclass defines `at`, from step numbers to rates.

    Steps count from 0: the first `minimize` uses the rate at step 0, the next that at step 1, and
    so on, as in torch where `scheduler.step()` follows every `optimizer.step()`. A
    schedule consists of graph operations and is part of a compiled step; a new rate does not
    recompile it.
    Durations are in steps: epochs times batches per epoch.
    """

    def at(self, step: Tensor) -> Tensor:
        """Return the rates, float64, at the whole numbers `step`, float64, in its shape."""
        raise NotImplementedError(
            f"{type(self).__name__} has no at. Define at(self, step) to return the rate after "
            "`step` steps."
        )

    def __call__(self, step: TensorLike) -> Tensor:
        """Return the rate at a step, or the rates at several: float64 in the shape of `step`."""
        return self.at(as_tensor(step).astype("float64"))

    def values(self, steps: int) -> Array:
        """Return the rates of the first `steps` steps, float64 (steps,).

        Raises ValueError unless `steps` is an integer of 1 or more.
        """
        require_whole(f"{type(self).__name__}.values", 1, steps=steps)
        with eagerly():
            return self(np.arange(steps)).read()

    def plot(self, steps: int, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the rates of the first `steps` steps; return matplotlib's figure.

        path  the file to write the picture to, in the format of its suffix; None for no file

        Raises ChainruleError without matplotlib (extra [plot]), and for a path that cannot be
        written or has a suffix that is not a format of matplotlib.
        """
        return draw(self.values(steps), repr(self), path)
