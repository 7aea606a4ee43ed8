"""A graph that a server shows and runs again: the answers to what its page asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.explore.live.edit_requests import CheckRequest, EditRequest, TensorRequest
from chainrule.explore.live.edited_leaves import node_of
from chainrule.explore.live.gate_check import InputCheck, check_gate
from chainrule.explore.live.live_document import Answer, refuse_query
from chainrule.explore.live.live_numbers import LiveNumbers
from chainrule.explore.live.rerun import EditableRun
from chainrule.explore.page.details import details_of
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.tensor_data import tensor_data
from chainrule.explore.record import Record
from chainrule.graph import Array, Tensor
from chainrule.http.refusal import RefusedRequest

_MOST_SAID = 200  # gates whose sentences are written again after an edit
_MOST_ELEMENTS = 1 << 22  # of a tensor that is sent whole


class LiveGraph:
    """A recorded run of a graph, which edits run again; neither graph nor record is changed.

    title  the title of the page; the name of the output unless given
    """

    def __init__(self, record: Record, title: str = "") -> None:
        self._run = EditableRun(record)
        self._last = record
        self._document = graph_document(record, server=True, title=title)
        self._numbers = LiveNumbers(record, self._document["details"])
        self._says = len(record.gates) <= _MOST_SAID

    def document(self, asked: Mapping[str, str]) -> Answer:
        """Return the document of the recorded run."""
        refuse_query(asked)
        return self._document

    def edited(self, request: EditRequest) -> Answer:
        """Return the numbers of a run with edits, and of a small graph what is said of gates."""
        record = self._last = self._with(request)
        said = {"details": details_of(record)} if self._says else {}
        return {"numbers": self._numbers.of(record), **said}

    def checked(self, request: CheckRequest) -> Answer:
        """Return the comparison of what a gate sends to its inputs with central differences."""
        record = self._with(request)
        numbers = {node: number for number, node in enumerate(record.order)}
        found = check_gate(record, node_of(record, request.node))
        return {"inputs": [_checked(numbers, each) for each in found]}

    def tensor(self, request: TensorRequest) -> Answer:
        """Return a tensor with all elements; without edits, that of the run edited last.

        Raises RefusedRequest for one that there is not, or that is too large to be sent.
        """
        record = self._last if request.edits is None else self._with(request)
        node = node_of(record, request.node)
        array = _tensor(record, node, request)
        if array.size > _MOST_ELEMENTS:
            raise RefusedRequest(
                413,
                "too_large",
                f"{record.names[node]!r} has {array.size:,} elements, and at most "
                f"{_MOST_ELEMENTS:,} are sent. Read them in Python, with graph"
                f"[{record.names[node]!r}].{request.which}.",
            )
        return tensor_data(array, _MOST_ELEMENTS)

    def _with(self, request: EditRequest) -> Record:
        if not request.edits and request.seed is None:
            return self._run.record
        return self._run.with_edits(request.edits or (), request.seed)


def _tensor(record: Record, node: Tensor, request: TensorRequest) -> Array:
    name = record.names[node]
    found = {
        "value": record.values.get(node),
        "upstream": record.upstream.get(node),
        "downstream": record.downstream.get((node, request.input)),
    }[request.which]
    if found is None:
        place = f" for input {request.input}" if request.which == "downstream" else ""
        raise RefusedRequest(
            422,
            "no_tensor",
            f"The {request.which} of {name!r}{place} was asked for, and there is none: no path "
            "leads to the output, or there is no such input.",
        )
    return found


def _checked(numbers: Mapping[Tensor, int], found: InputCheck) -> dict[str, Any]:
    return {
        "to": numbers[found.to],
        "numeric": _sampled(found, found.numeric),
        "formula": _sampled(found, found.formula),
        "difference": found.difference if np.isfinite(found.difference) else None,
        "agrees": found.agrees,
        "says": found.says,
    }


def _sampled(found: InputCheck, elements: Array) -> dict[str, Any]:
    """Return the checked elements of a tensor, without statistics of the others."""
    row = tensor_data(np.asarray(elements))
    is_whole = elements.shape == found.to.shape
    return row | {"shape": list(found.to.shape), "kept": None if is_whole else found.kept}
