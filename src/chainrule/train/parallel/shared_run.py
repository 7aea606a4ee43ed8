"""What the ranks of a run share: its state, and what happens on rank 0 alone.

Rank 0 alone calls callbacks, evaluates, writes files and looks at the clock. What that changes (the
record of an epoch, the reason to stop, parameters such as the learning rate) is sent to the others.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from chainrule.distributed.block_run import alone
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.errors import DistributedError, is_loss
from chainrule.distributed.world import replace_communicator
from chainrule.graph import changing, updating
from chainrule.graph.parameters import next_serial
from chainrule.train.checkpoints.run_settings import RunSettings
from chainrule.train.checkpoints.stored_progress import PROGRESS
from chainrule.train.parallel.agreement import require_agreement
from chainrule.train.parallel.parallel_step import ParallelStep
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import TrackedParameters, stored_values

T = TypeVar("T")


class SharedRun:
    """A run on several ranks.

    is_first  whether this is rank 0
    step      the step that divides batches among the ranks, once it is made
    """

    def __init__(self, communicator: Communicator, run: Run, parameters: TrackedParameters) -> None:
        self._communicator, self._run, self._parameters = communicator, run, parameters
        self.is_first = communicator.rank == 0
        self.step: ParallelStep | None = None
        self._seen = 0

    def begin(self, root: int = 0) -> None:
        """Give all ranks the parameters, the position and the history of the rank `root`."""
        run = self._run
        progress = {name: getattr(run, name) for name in PROGRESS}
        history = (run.history.epochs, run.history.losses, run.stopped)
        progress, history = self._communicator.broadcast_object((progress, history), root)
        if self._communicator.rank != root:
            for name, value in progress.items():
                setattr(run, name, value)
            run.stopped = run.history.stopped = history[2]
            run.history.restore(*history[:2])
        self._share(list(self._parameters), root)
        self._seen = next_serial()

    def agreeing(self, settings: RunSettings, fixed: bool, restore: Callable[[], None]) -> None:
        """Compare what the ranks train, restore the run on rank 0, and share it.

        settings, fixed  see `require_agreement`
        """

        def begin() -> None:
            require_agreement(self._communicator, settings, self._parameters, fixed)
            self.of_first(restore)
            self.begin()

        self.surviving(begin)

    def surviving(
        self,
        action: Callable[[], None],
        before_again: Callable[[bool], None] = lambda has_advanced: None,
    ) -> None:
        """Take an action; take it again with the ranks that are left whenever one is lost.

        Either all ranks leave the action behind, or all take it again, those too that had come to
        its end: so whatever it does once and for all it must not do twice.

        before_again  is called before that, with whether another rank had completed a step that
                      this one had not
        """
        is_lost = False
        while True:
            try:
                if is_lost:
                    before_again(self._survive())
                action()
                self._communicator.confirm()
                return
            except DistributedError as error:
                if not is_loss(error):
                    raise
                is_lost = True

    def _survive(self) -> bool:
        """Continue with the ranks that are left, from the last step that one of them completed.

        The bits of a step do not depend on the ranks, so that the others take over its results.
        Returns whether this rank did.
        """
        before = self._run.step
        self._communicator = self._communicator.survivors()
        replace_communicator(self._communicator)
        self.is_first = self._communicator.rank == 0
        if self.step is not None:
            self.step.continue_on(self._communicator)
        run = self._run
        done = run.step, run.epoch, len(run.history.epochs)
        every = self._communicator.gather_objects(done)
        self.begin(every.index(max(every)))
        if self.is_first:
            warnings.warn(
                f"{', '.join(self._communicator.lost)} ended or cannot be reached. "
                f"{self._communicator.size} ranks are left, and go on after step {run.step}.",
                RuntimeWarning,
                stacklevel=2,
            )
        return run.step > before

    @contextmanager
    def first(self) -> Iterator[None]:
        """Compute without the other ranks in the block, on rank 0."""
        with alone():
            yield

    def of_first(self, action: Callable[[], T]) -> T:
        """Return what `action` returns on rank 0; all ranks raise the error that it raises there.

        What it changes, such as parameters, is changed on all ranks.
        """
        outcome: Any = None
        if self.is_first:
            self._seen = next_serial()
            try:
                with alone():
                    outcome = (action(), None)
            except Exception as error:
                outcome = (None, _sent(error))
                self._communicator.broadcast_object(outcome)
                raise
        with self._communicator.patience.unlimited():
            result, failure = self._communicator.broadcast_object(outcome)
        if failure is not None:
            raise failure
        self._share_changes(self._changed())
        found: T = result
        return found

    def agreed(self, *flags: bool) -> list[bool]:
        """Return the flags of rank 0, after a step and its callbacks; the end of the run too."""
        run = self._run
        changed = self._changed() if self.is_first else []
        ended = run.stopped is not None
        sent = np.array([*flags, ended or bool(changed)], np.int64)
        found = self._communicator.broadcast(sent)
        if found[-1]:
            self._share_changes(changed)
        elif not self.is_first:
            self._end(None, False)
        self._seen = next_serial()
        return [bool(each) for each in found[:-1]]

    def step_is_done(self) -> None:
        """Note that the changes of a step, which all ranks make, end here."""
        self._seen = next_serial()

    def _changed(self) -> list[str]:
        """Return the paths of parameters that were changed since the last step."""
        if not self.is_first:
            return []
        return [path for path, each in self._parameters.items() if each.changed > self._seen]

    def _share_changes(self, changed: list[str]) -> None:
        run = self._run
        state = (changed, run.stopped, run.history.interrupted)
        changed, stopped, interrupted = self._communicator.broadcast_object(state)
        self._end(stopped, interrupted)
        self._share(changed)

    def _end(self, stopped: str | None, interrupted: bool) -> None:
        """Set whether the run ends, and why, as on rank 0."""
        run = self._run
        run.stopped = run.history.stopped = stopped
        run.history.interrupted = interrupted

    def _share(self, paths: list[str], root: int = 0) -> None:
        """Give all ranks the values of parameters that the rank `root` has."""
        chosen = {path: self._parameters[path] for path in paths}
        for path, value in stored_values(chosen).items():
            new = self._communicator.broadcast(value, root)
            if self._communicator.rank != root:
                with updating(), changing():
                    chosen[path].exchange(new)


def _sent(error: Exception) -> Exception:
    """Return an error that can be sent to other ranks."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return DistributedError(f"Rank 0 failed: {type(error).__name__}: {error}")
    return error
