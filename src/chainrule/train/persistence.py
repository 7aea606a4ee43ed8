"""Persistence: a run is written to checkpoints, and goes on from the latest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.train import checkpoint_file
from chainrule.train.callback import Callback
from chainrule.train.changing import Parameters, misfits, restore, stored
from chainrule.train.checkpoint import Checkpoint
from chainrule.train.checkpoint_file import Content
from chainrule.train.errors import CheckpointError
from chainrule.train.run import Run

_PROGRESS = ("epoch", "step", "position", "samples", "total", "seconds", "learning_rate")


class Persistence:
    """Writes a run to its folder and reads it back.

    settings  what must be the same for the run to go on: data, batches, optimizer
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        run: Run,
        parameters: Parameters,
        callbacks: Sequence[Callback],
        settings: Mapping[str, Any],
    ) -> None:
        self.checkpoint, self._run, self._parameters = checkpoint, run, parameters
        self._callbacks, self._settings = _by_name(callbacks), settings

    def write(self) -> None:
        """Write the present moment, and remove old checkpoints."""
        run = self._run
        progress = {name: getattr(run, name) for name in _PROGRESS}
        progress["stopped"] = None if run.interrupted else run.stopped
        content = Content(
            stored(self._parameters),
            run.history.losses,
            self._settings,
            progress,
            run.history.epochs,
            {name: each.state() for name, each in self._callbacks.items()},
        )
        checkpoint_file.write(self.checkpoint.path(run.step), content)
        self.checkpoint.tidy()

    def resume(self) -> bool:
        """Put the run where the latest checkpoint left it; say whether there was one.

        Raises CheckpointError, having changed nothing, if it is damaged or of another run.
        """
        path = self.checkpoint.latest()
        if path is None:
            return False
        content = checkpoint_file.read(path)
        self._require_fit(path, content)
        for name, state in content.callbacks.items():
            if name in self._callbacks:
                self._callbacks[name].load_state(dict(state))
        restore(self._parameters, content.values)
        for name in _PROGRESS:
            setattr(self._run, name, content.progress[name])
        self._run.stopped = self._run.history.stopped = content.progress["stopped"]
        self._run.history.restore(content.epochs, content.losses)
        return True

    def require_empty(self) -> None:
        """Raise CheckpointError if the folder holds checkpoints, which would get mixed up."""
        if self.checkpoint.latest() is not None:
            raise CheckpointError(
                f"resume=False was asked, but {self.checkpoint.folder} holds checkpoints of an "
                "earlier run. Remove them, or name another folder."
            )

    def _require_fit(self, path: Path, content: Content) -> None:
        wrong = [
            f"{name} was {content.settings.get(name)!r} and is {value!r}"
            for name, value in self._settings.items()
            if content.settings.get(name) != value
        ]
        wrong += misfits(self._parameters, content.values)
        wrong += [f"{name} is missing" for name in _missing(content)]
        if wrong:
            raise CheckpointError(
                f"The checkpoint {path} is of another run: {'; '.join(wrong)}. Go on with the "
                "model, the optimizer, the data and the settings it was written with, or name "
                "another folder."
            )


def _missing(content: Content) -> list[str]:
    return [name for name in (*_PROGRESS, "stopped") if name not in content.progress]


def _by_name(callbacks: Sequence[Callback]) -> dict[str, Callback]:
    """Return callbacks by the names of their classes, numbered where there are several."""
    seen: Counter[str] = Counter()
    found = {}
    for each in callbacks:
        kind = type(each).__name__
        seen[kind] += 1
        found[f"{kind}.{seen[kind]}"] = each
    return found
