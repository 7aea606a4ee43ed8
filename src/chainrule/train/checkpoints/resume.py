"""Writing a run to checkpoints, and continuing from the latest of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from chainrule.storage import shown
from chainrule.train.callbacks.callback import Callback
from chainrule.train.checkpoints import checkpoint_file
from chainrule.train.checkpoints.callback_states import by_name, changed_callbacks, load_states
from chainrule.train.checkpoints.checkpoint import Checkpoint
from chainrule.train.checkpoints.checkpoint_file import CheckpointContent
from chainrule.train.checkpoints.new_settings import AdaptedCheckpoint, adapted
from chainrule.train.checkpoints.run_settings import (
    CALLBACK,
    Differences,
    RunSettings,
    differences,
    in_words,
    of_callbacks,
    without_current_rate,
)
from chainrule.train.checkpoints.stored_progress import PROGRESS
from chainrule.train.errors import CheckpointError
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import (
    TrackedParameters,
    restore_values,
    stored_values,
    value_mismatches,
)

Resume = bool | Literal["with new settings"]
NEW_SETTINGS = "with new settings"


class Persistence:
    """Writes checkpoints of a run and restores the latest.

    settings  the settings that must be the same when the run is resumed, without those of callbacks
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        run: Run,
        parameters: TrackedParameters,
        callbacks: Sequence[Callback],
        settings: RunSettings,
    ) -> None:
        self.checkpoint, self._run, self._parameters = checkpoint, run, parameters
        self._callbacks = by_name(callbacks)
        self._settings = settings | of_callbacks(self._callbacks)

    def write(self) -> None:
        """Write a checkpoint of the current state, and remove old ones."""
        run = self._run
        progress = {name: getattr(run, name) for name in PROGRESS}
        progress["stopped"] = None if run.interrupted else run.stopped
        content = CheckpointContent(
            stored_values(self._parameters),
            run.history.losses,
            self._settings,
            progress,
            run.history.epochs,
            {name: each.state() for name, each in self._callbacks.items()},
        )
        checkpoint_file.write_checkpoint(self.checkpoint.path(run.step), content)
        self.checkpoint.tidy()

    def begin(self, resume: Resume) -> None:
        """Restore the run from the latest checkpoint, if there is one.

        Raises CheckpointError, before anything is changed, if the checkpoint is damaged or of
        another run, or if there is one and `resume` is False.
        """
        path = self.checkpoint.latest()
        if path is None:
            return
        if not resume:
            raise CheckpointError(
                f"resume=False was given, but {shown(self.checkpoint.folder)} holds checkpoints of "
                "an earlier run. Remove them, or name another folder."
            )
        content = checkpoint_file.read_checkpoint(path)
        with_new = resume == NEW_SETTINGS
        changed = self._changed(content, with_new)
        if with_new and changed:
            self._continue_with_new(adapted(path, content, self._parameters, self._run, changed))
        else:
            self._continue(path, content, changed)

    def _continue(self, path: Path, content: CheckpointContent, changed: Differences) -> None:
        wrong = in_words(changed) + value_mismatches(self._parameters, content.values)
        if wrong:
            raise CheckpointError(
                f"The checkpoint {shown(path)} is of another run: {'; '.join(wrong)}. Continue "
                "with the model, optimizer, data and settings it was written with; name another "
                f"folder; or give resume={NEW_SETTINGS!r} to continue with those given now."
            )
        load_states(self._run, self._callbacks, content.callbacks)
        self._restore(content)
        self._settings = self._settings | content.settings

    def _continue_with_new(self, found: AdaptedCheckpoint) -> None:
        warnings.warn(found.report, UserWarning, stacklevel=4)
        load_states(self._run, self._callbacks, found.content.callbacks)
        self._restore(found.content)
        found.set_rate(self._run.optimizer)
        self._run.learning_rate = self._run.optimizer.learning_rate

    def _restore(self, content: CheckpointContent) -> None:
        run, progress = self._run, content.progress
        restore_values(self._parameters, content.values)
        for name in PROGRESS:
            setattr(run, name, progress[name])
        run.stopped = run.history.stopped = progress["stopped"]
        run.history.restore(content.epochs, content.losses)

    def _changed(self, content: CheckpointContent, with_new: bool) -> Differences:
        """Return the settings that differ from those of the checkpoint.

        Callbacks do not count for a run that a callback has stopped, unless the run continues with
        new settings.
        """
        given, kept = self._settings, content.settings
        if content.version == 1:
            given = {name: text for name, text in given.items() if name in kept}
        found = without_current_rate(differences(kept, given), content.values)
        if with_new or content.progress["stopped"] is None:
            return found | changed_callbacks(self._callbacks, content.callbacks)
        return {name: each for name, each in found.items() if not name.startswith(CALLBACK)}
