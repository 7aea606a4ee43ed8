"""The doctor: a callback that measures a run at some steps, and reports its illnesses."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor, as_tensor, rolled_back
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.train.callbacks.callback import Callback
from chainrule.train.doctor.doctor_report import DoctorReport
from chainrule.train.doctor.exam import Exam, ExamHistory, NotFinite
from chainrule.train.doctor.measure.batch_inputs import batch_inputs
from chainrule.train.doctor.measure.examine import examine
from chainrule.train.doctor.measure.gate_measures import gate_path
from chainrule.train.doctor.records import exam_records
from chainrule.train.doctor.rules.illnesses import found_in
from chainrule.train.doctor.run_graphs import RunGraphs
from chainrule.train.state.run import Run
from chainrule.train.state.whole_number import whole_number


class Doctor(Callback):
    """Measure every gate of the model at some steps, and report the illnesses of the run.

    path   the folder for the records of exams, <path>/doctor.jsonl, which `chainrule doctor <path>`
           reads; None keeps them in memory only
    every  an exam every so many steps; 0 for the steps 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on
    quiet  True prints nothing at the end of a sick run; False prints the findings
    graphs whether the folder also gets graphs, which `chainrule explore <path>` shows: that of the
           first exam, and that of the exam at which the findings last changed, or of the end. Each
           takes as long as a few exams to store, and has at most 10 MB

    An exam repeats the last batch on the reference evaluator, forward and backward, with the scans
    of recurrent networks unrolled. It changes nothing: the numbers of the run are the same, bit for
    bit, with and without a doctor. Where gradients are accumulated, an exam waits for the next step
    that updates the weights. `report` holds the findings so far.

    In your own training loop, call the function that `watch` returns after every step. Raises
    TrainingError for an invalid `every`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        every: int = 0,
        quiet: bool = False,
        graphs: bool = True,
    ) -> None:
        self.path = None if path is None else Path(path) / exam_records.NAME
        self.every, self.quiet = whole_number("Doctor", "every", every, 0), quiet
        self._graphs = RunGraphs(Path(path)) if graphs and path is not None else None
        self._exams: list[Exam] = []
        self._not_finite: NotFinite | None = None
        self._before: dict[str, Array] = {}
        self._updates = 0
        self._due = False

    @property
    def report(self) -> DoctorReport:
        """The report on the exams so far."""
        history = ExamHistory(tuple(self._exams), self._not_finite)
        return DoctorReport(history, found_in(history))

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError or StorageError for records that cannot be continued."""
        if self.path is not None:
            exam_records.exams_in(self.path)

    def start(self, run: Run) -> None:
        """Begin the records, or continue those of the steps that the run has done."""
        kept = self._exams
        if run.step and self.path is not None and self.path.exists():
            kept = exam_records.exams_in(self.path)
        self._exams = [each for each in kept if each.step <= run.step] if run.step else []
        self._not_finite, self._before, self._due = None, {}, False
        if self.path is not None:
            exam_records.begin(self.path, self._exams)
        if self._graphs is not None:
            self._graphs.start(run.step)
        self._prepare(run)

    def after_step(self, run: Run) -> None:
        """Examine the step if an exam is due and the step updated the weights."""
        self._due = self._due or self._is_examined(run.step)
        if self._due and self._before and run.optimizer.steps.item() != self._updates:
            self._examine(run)
            self._due, self._before = False, {}
        self._prepare(run)

    def fail(self, run: Run, error: Exception) -> None:
        """Record what ended the run."""
        found = getattr(error, "found", None)
        if found is not None and found.gate is not None:
            name = found.gate.name or gate_path(found.gate, found.gate.kind)
            self._end(NotFinite(run.step, name, str(found.origin or ""), str(found)))
            if self._graphs is not None:
                self._graphs.store(run)
        self._print_findings()

    def finish(self, run: Run) -> None:
        """Print the findings, if there are any; store the graph of the last batch."""
        if self._graphs is not None:
            self._graphs.finish(run)
        self._print_findings()

    def close(self) -> None:
        """Release the copies of parameters."""
        self._before = {}

    def watch(
        self, model: Module, optimizer: Optimizer, objective: Callable[..., Tensor]
    ) -> Callable[..., None]:
        """Return a function to call after every step of your own training loop.

        objective  the function of a batch that returns the loss that the steps minimize
        returns    a function (loss, *batch): the loss of the step, a number or tensor, and the
                   arrays of its batch, the last of which has an entry per sample

        Call `watch` before the first step. `report` holds the findings. A loss that is infinite or
        NaN is recorded, and ends the records.
        """
        run = Run(model, optimizer, objective, epochs=1)
        self.start(run)
        record_loss = run.history.step_recorder()

        def watched(loss: Any, *batch: Any) -> None:
            value = float(as_tensor(loss).item())
            run.advance(value, batch)
            record_loss(value)
            if math.isfinite(value):
                self.after_step(run)
            elif self._not_finite is None:
                self._end(NotFinite(run.step, "the loss", "", f"the loss is {value}"))
            run.learning_rate = optimizer.learning_rate

        return watched

    def _end(self, found: NotFinite) -> None:
        self._not_finite = found
        if self.path is not None:
            exam_records.append(self.path, found)

    def _print_findings(self) -> None:
        report = self.report
        if not report.ok and not self.quiet:
            print(report.verdict)

    def _is_examined(self, step: int) -> bool:
        if self.every:
            return step % self.every == 0
        beyond = max(0, step.bit_length() - 2)
        return step >> beyond << beyond == step

    def _prepare(self, run: Run) -> None:
        """Copy the parameters, once, before a step that is examined."""
        if not self._before and (self._due or self._is_examined(run.step + 1)):
            self._updates = int(run.optimizer.steps.item())
            self._before = {
                name: np.array(each.peek())
                for name, each in run.model.named_parameters().items()
                if each.trainable
            }

    @property
    def _last_step(self) -> int:
        """The step of the last exam, 0 before the first."""
        return self._exams[-1].step if self._exams else 0

    def _examine(self, run: Run) -> None:
        parameters = run.model.named_parameters()
        with rolled_back():
            loss = run.objective(*batch_inputs(run))
            trained = {name: parameters[name] for name in self._before}
            measures = examine(loss, trained, self._before)
        floats = [np.asarray(each) for each in run.batch[:-1]]
        sizes = [np.sqrt(np.mean(np.square(each))) for each in floats if each.dtype.kind == "f"]
        exam = Exam(
            run.step,
            run.epoch,
            float(np.mean(run.history.losses[self._last_step : run.step])),
            run.learning_rate,
            len(run.batch[-1]),
            float(max(sizes, default=0.0)),
            measures.gates,
            measures.weights,
            measures.loops,
        )
        self._exams.append(exam)
        if self.path is not None:
            exam_records.append(self.path, exam)
        if self._graphs is not None:
            self._graphs.examined(run, self.report.findings)
