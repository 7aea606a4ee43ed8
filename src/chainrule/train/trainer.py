"""The trainer: the loop over epochs and steps, with evaluation, callbacks and checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from chainrule.optim import Average
from chainrule.train.callbacks.callback import Callback
from chainrule.train.checkpoints.callback_states import CallbackStates, States
from chainrule.train.checkpoints.resume import Persistence
from chainrule.train.data.data_source import Batches
from chainrule.train.diagnosis import Diagnosis
from chainrule.train.errors import CheckpointError
from chainrule.train.evaluation import evaluated, in_mode
from chainrule.train.interrupt import stopping_on_interrupt
from chainrule.train.metrics import Metric
from chainrule.train.parallel.shared_run import SharedRun
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import TrackedParameters, first_not_finite
from chainrule.train.train_step import StepFunction

T = TypeVar("T")
_TICK = 0.1


@dataclass(frozen=True)
class EpochEvaluation:
    """The evaluation after every epoch.

    prefix  of the names of the figures; if it is empty, the loss is left out
    """

    step: StepFunction
    data: Batches
    metrics: tuple[Metric, ...]
    prefix: str

    def figures(self, run: Run) -> EpochRecord | None:
        """Return loss and metrics by name; None if the run was stopped during the evaluation."""

        def abandoned() -> bool:
            return run.stopped is not None

        found = evaluated(run.model, self.step, self.data, self.metrics, abandoned)
        if found is not None and not self.prefix:
            del found["loss"]
        return found and {f"{self.prefix}{name}": value for name, value in found.items()}


class Trainer:
    """Runs the epochs of one run.

    step, data   the training step, and the batches that it is called with
    evaluation   the evaluation after every epoch, None for none
    diagnosis    explains losses that are not finite
    persistence  writes checkpoints, None for none
    average      the average of the weights that the step updates, None for none
    shared       what the ranks of the run share; None for one process. Rank 0 alone uses callbacks
                 and persistence then; another one does when it is lost
    """

    def __init__(
        self,
        run: Run,
        parameters: TrackedParameters,
        step: StepFunction,
        data: Batches,
        evaluation: EpochEvaluation | None,
        callbacks: Sequence[Callback],
        diagnosis: Diagnosis,
        persistence: Persistence | None,
        average: Average | None = None,
        shared: SharedRun | None = None,
    ) -> None:
        self._shared, self._states = shared, CallbackStates(callbacks)
        self.run, self._parameters, self._step, self._data = run, parameters, step, data
        self._average = average
        self._evaluation, self._persistence, self._diagnosis = evaluation, persistence, diagnosis
        self._appoint(callbacks if self._is_first else [])
        self._given, self._closing = callbacks, ExitStack()
        self._rate = run.optimizer.named_state()["learning_rate"]
        checkpoint = persistence.checkpoint if persistence else None
        self._every = (checkpoint and checkpoint.every_steps) or math.inf
        self._pause = (checkpoint and checkpoint.every_seconds) or math.inf
        self._tick = self._written = 0.0

    @property
    def _is_first(self) -> bool:
        """Whether this process calls callbacks and writes files."""
        return self._shared is None or self._shared.is_first

    def _appoint(self, callbacks: Sequence[Callback]) -> None:
        """Set the callbacks that this process calls."""
        self._callbacks, self._is_started, self._is_finished = callbacks, False, False
        self._step_callbacks = [each for each in callbacks if each.handles("after_step")]
        self._tick_callbacks = [each for each in callbacks if each.handles("tick")]

    def train(self) -> None:
        """Train until the last epoch is done, a callback stops the run, or Ctrl-C is pressed."""
        run = self.run
        with self._closing, in_mode(run.model, True), stopping_on_interrupt(run):
            self._surviving(self._begin)
            with self._concluding():
                self._surviving(self._epochs)

    def _begin(self) -> None:
        self._states.values = self._on_first(self._start_callbacks)
        self._write()

    def _epochs(self) -> None:
        run = self.run
        while run.stopped is None and run.epoch <= run.epochs:
            self._steps()
            if run.stopped is None:
                self._flush()
                self._conclude_epoch()
        self._require_finite()
        self._write()

    def _surviving(self, action: Callable[[], None]) -> None:
        """Take an action; repeat it with the ranks that are left whenever one is lost."""
        if self._shared is None or not self._data.repeats:
            action()
        else:
            self._shared.surviving(action, self._survive)

    def _survive(self, has_advanced: bool) -> None:
        self._on_first(lambda: self._stand_in(has_advanced))
        self._diagnosis.remember()

    def _stand_in(self, has_advanced: bool) -> None:
        """Be the first rank, from now on or as before.

        has_advanced  whether another rank had completed a step that this one had not
        """
        run = self.run
        if not self._given or self._callbacks:
            for each in self._step_callbacks if has_advanced else ():
                each.after_step(run)
            return
        if self._persistence is not None:
            self._closing.enter_context(self._persistence.checkpoint.owned())
        self._states.restore(run)
        self._appoint(self._given)
        self._start_callbacks()

    @contextmanager
    def _concluding(self) -> Iterator[None]:
        """Call `finish` or `fail` of the callbacks; a failed last checkpoint counts as `finish`."""
        try:
            yield
        except CheckpointError:
            self._finish_callbacks()
            raise
        except Exception as error:
            for each in self._callbacks:
                each.fail(self.run, error)
            raise
        self._finish_callbacks()

    def _start_callbacks(self) -> States:
        if not self._is_started:
            self._is_started = True
            for each in self._callbacks:
                self._closing.callback(each.close)
                each.start(self.run)
        return self._states.current()

    def _finish_callbacks(self) -> None:
        self._surviving(lambda: self._on_first(self._call_finish))

    def _call_finish(self) -> None:
        if not self._is_finished:
            self._is_finished = True
            for each in self._callbacks:
                each.finish(self.run)

    def _on_first(self, action: Callable[[], T]) -> T:
        """Return what an action returns that rank 0 alone takes, if there are several."""
        return action() if self._shared is None else self._shared.of_first(action)

    def _steps(self) -> None:
        """Run the remaining steps of this epoch."""
        run, step, clock = self.run, self._step, perf_counter
        record_loss, step_callbacks = run.history.step_recorder(), self._step_callbacks
        rate = self._rate
        begin, every = clock() - run.seconds, self._every
        for batch in self._data.batches(run.epoch, run.position):
            run.learning_rate = rate.peek().item()
            loss = step(*batch).peek().item()
            run.advance(loss, batch)
            record_loss(loss)
            if loss - loss != 0.0:  # infinite or NaN
                raise self._diagnosis.explain(step, self._data)
            now = clock()
            run.seconds = now - begin
            if self._shared is None:
                for each in step_callbacks:
                    each.after_step(run)
                if now >= self._tick:
                    self._on_tick(now)
            else:
                self._after_shared_step(self._shared, now)
            if run.step % every == 0:
                self._write()
            if run.stopped is not None:
                return

    def _on_tick(self, now: float) -> None:
        self._call_tick(now)
        self._keep(*self._due(now))

    def _after_shared_step(self, shared: SharedRun, now: float) -> None:
        """Call callbacks on rank 0, and do on all ranks what its clock says."""
        shared.step_is_done()
        due = (False, False)
        with shared.first():
            for each in self._step_callbacks:
                each.after_step(self.run)
            if shared.is_first and now >= self._tick:
                self._call_tick(now)
                due = self._due(now)
        self._keep(*shared.agreed(*due))

    def _call_tick(self, now: float) -> None:
        self._tick = now + _TICK
        for each in self._tick_callbacks:
            each.tick(self.run)

    def _due(self, now: float) -> tuple[bool, bool]:
        """Return whether a checkpoint, and a copy for the diagnosis, are due."""
        return now - self._written >= self._pause, self._diagnosis.is_due(now)

    def _keep(self, write: bool, remember: bool) -> None:
        """Write a checkpoint, and keep a copy for the diagnosis, as far as they are due."""
        if write:
            self._write()
        if remember:
            self._require_finite()
            self._diagnosis.remember()

    def _write(self) -> None:
        """Write a checkpoint, if checkpoints are written and all parameters are finite."""
        if self._persistence is not None:
            self._require_finite()
            if self._is_first:
                self._persistence.write()
            self._written = perf_counter()

    def _require_finite(self) -> None:
        if first_not_finite(self._parameters) is not None:
            raise self._diagnosis.explain(self._step, self._data)

    def _flush(self) -> None:
        """Update the parameters with gradients that the epoch left accumulated, if any."""
        if self.run.optimizer.flush():
            if self._average is not None:
                self._average.update()
            self._require_finite()
            self._diagnosis.remember()

    def _conclude_epoch(self) -> None:
        """Evaluate, record the figures of the epoch, and begin the next; nothing after Ctrl-C."""
        run = self.run
        if len(run.history.epochs) < run.epoch:  # not if a rank was lost right after its record
            record, self._states.values = self._on_first(self._recorded)
            if record is None:
                return
            if not self._is_first:
                run.history.epochs.append(record)
        run.begin_next_epoch()

    def _recorded(self) -> tuple[EpochRecord | None, States]:
        """Return the record of the epoch, None after Ctrl-C, and the states of callbacks after it.

        Callbacks have seen it then.
        """
        record = self._record()
        if record is not None:
            self.run.history.epochs.append(record)
            for each in self._callbacks:
                each.after_epoch(self.run, record)
        return record, self._states.current()

    def _record(self) -> EpochRecord | None:
        run = self.run
        figures = self._evaluation.figures(run) if self._evaluation else {}
        if figures is None:
            return None
        return {
            "epoch": run.epoch,
            "step": run.step,
            "loss": run.mean_loss,
            "learning_rate": run.learning_rate,
            **figures,
            "seconds": run.seconds,
            "samples_per_second": run.speed,
        }
