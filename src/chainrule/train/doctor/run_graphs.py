"""Stores graphs of a run: of its first exam, of a change of the findings, and of its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chainrule.graph import rolled_back
from chainrule.train.doctor.measure.batch_inputs import batch_inputs
from chainrule.train.doctor.measure.exam_graph import exam_document
from chainrule.train.doctor.records.graph_records import graph_files, remove_graphs, write_graph
from chainrule.train.doctor.rules.finding import DoctorFinding
from chainrule.train.state.run import Run


class RunGraphs:
    """The graphs of one run in a folder: the first one, and the latest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[tuple[str, str]] | None = None
        self._stored = 0

    def start(self, step: int) -> None:
        """Remove the graphs of steps that the run has not done."""
        self._known, self._stored = None, 0
        remove_graphs(self._folder, after=step)

    def examined(self, run: Run, findings: Sequence[DoctorFinding]) -> None:
        """Store the graph of the last batch at the first exam, and where the findings changed.

        Findings that come and go with frequent exams cost few graphs: the next one is stored after
        a third more steps, which the default steps of exams are apart.
        """
        found = {(each.illness, each.where) for each in findings}
        if found != self._known and 3 * run.step >= 4 * self._stored:
            self.store(run)
            self._known = found

    def finish(self, run: Run) -> None:
        """Store the graph of the last batch of a run that is done."""
        if self._known is not None and run.step not in graph_files(self._folder):
            self.store(run)

    def store(self, run: Run) -> None:
        """Store the graph of the last batch."""
        with rolled_back():
            document = exam_document(run.objective(*batch_inputs(run)), f"Step {run.step:,}")
        write_graph(self._folder, run.step, document)
        self._stored = run.step
