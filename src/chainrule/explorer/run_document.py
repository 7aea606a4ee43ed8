"""The document of a training run: a stored graph, the doctor's findings, figures over steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.explorer.errors import ExplorerError
from chainrule.explorer.measured_places import MeasuredPlaces
from chainrule.explorer.run_figures import figure_series, series_of
from chainrule.explorer.stored_documents import Document, read_document
from chainrule.storage import shown
from chainrule.train.doctor import DoctorFinding, found_in, read
from chainrule.train.doctor.records.graph_records import graph_files

_SEVERITIES = {
    "not finite": "error",
    "exploding gradient": "error",
    "exploding through time": "error",
    "learning rate too small": "note",
}
_ORDER = ("error", "warning", "note")
_STORED = "This one was stored during training: build it in Python first."


def run_document(folder: Path, step: int | None = None) -> Document:
    """Return the document of a run, from the folder given to `cr.train.Doctor`.

    step  the step of the graph, one of those that were stored; None for the latest

    Raises TrainingError for a folder without records, ExplorerError for one without graphs, and for
    a step that was not stored.
    """
    history = read(folder)
    document = dict(read_document(_graph_file(folder, step)))
    series = figure_series(history)
    places = MeasuredPlaces(document)
    findings = [_finding(each, places, series) for each in found_in(history)]
    findings.sort(key=lambda each: _ORDER.index(each["severity"]))
    return document | {
        "title": f"{folder.name}: {document['title'][:1].lower()}{document['title'][1:]}",
        "findings": {"findings": findings, "figures": series},
        "editing": _editing(document["editing"]),
    }


def _graph_file(folder: Path, step: int | None) -> Path:
    files = graph_files(folder if folder.is_dir() else folder.parent)
    if not files:
        raise ExplorerError(
            f"{shown(folder)} has records of the doctor, but no graph. Train with "
            f"cr.train.Doctor({shown(folder)!r}), which stores graphs unless graphs=False is given."
        )
    wanted = max(files) if step is None else step
    if wanted not in files:
        stored = " and ".join(str(each) for each in files)
        raise ExplorerError(
            f"The graph of step {wanted} was asked for, and {shown(folder)} has those of the steps "
            f"{stored}. Give one of them."
        )
    return files[wanted]


def _finding(
    found: DoctorFinding, places: MeasuredPlaces, series: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    where = f" in {found.where}" if found.where else ""
    return {
        "title": f"{found.illness}{where}",
        "severity": _SEVERITIES.get(found.illness, "warning"),
        "step": found.step,
        "evidence": [found.evidence],
        "remedy": found.remedy,
        "nodes": places.of(found.names),
        "figures": series_of(series, found.names),
    }


def _editing(editing: Mapping[str, Any]) -> Mapping[str, Any]:
    if editing["page"] or not editing["nodes"]:
        return editing
    return {**editing, "why": f"{editing['why']} {_STORED}"}
