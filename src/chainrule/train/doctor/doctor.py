"""The doctor: a callback that examines a run now and then, and says what ails it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from chainrule.graph import Array, as_tensor, taken_back
from chainrule.train.callback import Callback
from chainrule.train.doctor import records
from chainrule.train.doctor.exam import Exam, History, NotFinite
from chainrule.train.doctor.examine import examine
from chainrule.train.doctor.illnesses import found_in
from chainrule.train.doctor.report import Report
from chainrule.train.run import Run


class Doctor(Callback):
    """Examine the run at some steps, gate by gate, and say in the end what ails it.

    path   the folder of the run: exams are kept in <path>/doctor.jsonl, which `chainrule doctor
           <path>` reads; None keeps them in memory only
    every  an exam every so many steps; 0 for the steps 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on
    quiet  True prints nothing when a sick run ends

    An exam runs the last batch once more on the reference evaluator, forward and backward, with
    the loops of recurrent nets written out. It changes nothing: the run has the same bits with a
    doctor and without. `report` is what it says now.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, every: int = 0, quiet: bool = False
    ) -> None:
        if every < 0:
            raise ValueError(f"Doctor was given every={every}; give 0 or more.")
        self.path = None if path is None else Path(path) / records.NAME
        self.every, self.quiet = every, quiet
        self._exams: list[Exam] = []
        self._not_finite: NotFinite | None = None
        self._before: dict[str, Array] = {}

    @property
    def report(self) -> Report:
        """What the exams so far show."""
        history = History(tuple(self._exams), self._not_finite)
        return Report(history, found_in(history))

    def start(self, run: Run) -> None:
        """Begin the records, or go on with those that the run has behind it."""
        kept = self._exams
        if run.step and self.path is not None and self.path.exists():
            kept = list(records.read(self.path).exams)
        self._exams = [each for each in kept if each.step <= run.step] if run.step else []
        self._not_finite = None
        if self.path is not None:
            records.begin(self.path, self._exams)
        self._prepare(run)

    def after_step(self, run: Run) -> None:
        """Examine the step, if it is one that is examined."""
        if self._is_examined(run.step):
            self._examine(run)
        self._prepare(run)

    def fail(self, run: Run, error: Exception) -> None:
        """Note what ended the run."""
        found = getattr(error, "found", None)
        if found is not None and found.gate is not None:
            self._not_finite = NotFinite(
                run.step, found.gate.label, str(found.origin or ""), str(found)
            )
            if self.path is not None:
                records.append(self.path, self._not_finite)
        self._tell()

    def finish(self, run: Run) -> None:
        """Say what ails the run, if something does."""
        self._tell()

    def _tell(self) -> None:
        report = self.report
        if not report.ok and not self.quiet:
            print(report)

    def _is_examined(self, step: int) -> bool:
        if self.every:
            return step % self.every == 0
        leading = step >> max(0, step.bit_length() - 2)
        return step == leading << max(0, step.bit_length() - 2)

    def _prepare(self, run: Run) -> None:
        """Remember the parameters before a step that is examined."""
        if self._is_examined(run.step + 1):
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
        with taken_back():
            loss = run.objective(*map(as_tensor, run.batch))
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
