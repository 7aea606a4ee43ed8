"""The doctor: a callback that examines a run now and then, and says what ails it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array, Input, Tensor, as_tensor, rolled_back
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.train.callbacks.callback import Callback
from chainrule.train.doctor import records
from chainrule.train.doctor.exam import Exam, History, NotFinite
from chainrule.train.doctor.examine import examine
from chainrule.train.doctor.gates import placed
from chainrule.train.doctor.illnesses import found_in
from chainrule.train.doctor.report import Report
from chainrule.train.fit_arguments import whole_number
from chainrule.train.run import Run


class Doctor(Callback):
    """Examine the run at some steps, gate by gate, and say in the end what ails it.

    path   the folder of the run: exams are kept in <path>/doctor.jsonl, which `chainrule doctor
           <path>` reads; None keeps them in memory only
    every  an exam every so many steps; 0 for the steps 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on
    quiet  True prints nothing when a sick run ends

    An exam runs the last batch once more on the reference evaluator, forward and backward, with
    the loops of recurrent nets written out. It changes nothing: the run has the same bits with a
    doctor and without. Where gradients are accumulated, it waits for the next step that moves the
    weights. `report` is what it says now.

    In a training loop of your own, `watch` gives a function to call after every step.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, every: int = 0, quiet: bool = False
    ) -> None:
        self.path = None if path is None else Path(path) / records.NAME
        self.every, self.quiet = whole_number("Doctor", "every", every, 0), quiet
        self._exams: list[Exam] = []
        self._not_finite: NotFinite | None = None
        self._before: dict[str, Array] = {}
        self._moves = 0
        self._due = False

    @property
    def report(self) -> Report:
        """What the exams so far show."""
        history = History(tuple(self._exams), self._not_finite)
        return Report(history, found_in(history))

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError or StorageError for records that cannot be gone on with."""
        if self.path is not None:
            records.exams_in(self.path)

    def start(self, run: Run) -> None:
        """Begin the records, or go on with those that the run has behind it."""
        kept = self._exams
        if run.step and self.path is not None and self.path.exists():
            kept = records.exams_in(self.path)
        self._exams = [each for each in kept if each.step <= run.step] if run.step else []
        self._not_finite, self._before, self._due = None, {}, False
        if self.path is not None:
            records.begin(self.path, self._exams)
        self._prepare(run)

    def after_step(self, run: Run) -> None:
        """Examine the step, if an exam is due and the weights moved."""
        self._due = self._due or self._is_examined(run.step)
        if self._due and self._before and run.optimizer.steps.item() != self._moves:
            self._examine(run)
            self._due, self._before = False, {}
        self._prepare(run)

    def fail(self, run: Run, error: Exception) -> None:
        """Note what ended the run."""
        found = getattr(error, "found", None)
        if found is not None and found.gate is not None:
            name = found.gate.name or placed(found.gate, found.gate.kind)
            self._end(NotFinite(run.step, name, str(found.origin or ""), str(found)))
        self._tell()

    def finish(self, run: Run) -> None:
        """Say what ails the run, if something does."""
        self._tell()

    def close(self) -> None:
        """Give the memory for parameters back."""
        self._before = {}

    def watch(
        self, model: Module, optimizer: Optimizer, objective: Callable[..., Tensor]
    ) -> Callable[..., None]:
        """Return what to call after every step of a training loop of your own.

        objective  a function of a batch that returns the loss of the model, as the steps minimize
        returns    a function (loss, *batch): the loss of the step, a number or tensor, and the
                   arrays that it was made on, the last of which has an entry per sample

        Call `watch` before the first step. `report` says what was found; a loss that is infinite or
        NaN is noted, and ends the records.
        """
        run = Run(model, optimizer, objective, epochs=1)
        self.start(run)
        note = run.history.step_noter()

        def watched(loss: Any, *batch: Any) -> None:
            value = float(as_tensor(loss).item())
            run.advance(value, batch)
            note(value)
            if math.isfinite(value):
                self.after_step(run)
            elif self._not_finite is None:
                self._end(NotFinite(run.step, "the loss", "", f"the loss is {value}"))
            run.learning_rate = optimizer.learning_rate

        return watched

    def _end(self, found: NotFinite) -> None:
        self._not_finite = found
        if self.path is not None:
            records.append(self.path, found)

    def _tell(self) -> None:
        report = self.report
        if not report.ok and not self.quiet:
            print(report.verdict)

    def _is_examined(self, step: int) -> bool:
        if self.every:
            return step % self.every == 0
        beyond = max(0, step.bit_length() - 2)
        return step >> beyond << beyond == step

    def _prepare(self, run: Run) -> None:
        """Remember the parameters, once, before a step that is examined."""
        if not self._before and (self._due or self._is_examined(run.step + 1)):
            self._moves = int(run.optimizer.steps.item())
            self._before = {
                name: np.array(each.peek())
                for name, each in run.model.named_parameters().items()
                if each.trainable
            }

    @property
    def _seen(self) -> int:
        """How many steps the last exam had behind it."""
        return self._exams[-1].step if self._exams else 0

    def _examine(self, run: Run) -> None:
        parameters = run.model.named_parameters()
        with rolled_back():
            loss = run.objective(*map(_as_input, run.batch))
            trained = {name: parameters[name] for name in self._before}
            vitals = examine(loss, trained, self._before)
        floats = [np.asarray(each) for each in run.batch[:-1]]
        sizes = [np.sqrt(np.mean(np.square(each))) for each in floats if each.dtype.kind == "f"]
        exam = Exam(
            run.step,
            run.epoch,
            float(np.mean(run.history.losses[self._seen : run.step])),
            run.learning_rate,
            len(run.batch[-1]),
            float(max(sizes, default=0.0)),
            vitals.gates,
            vitals.weights,
            vitals.loops,
        )
        self._exams.append(exam)
        if self.path is not None:
            records.append(self.path, exam)


def _as_input(data: Any) -> Input:
    """Return data as an input of the graph, to be told from the constants of the model."""
    tensor = as_tensor(data)
    return Input("batch", tensor.shape, tensor.dtype, tensor.read())
