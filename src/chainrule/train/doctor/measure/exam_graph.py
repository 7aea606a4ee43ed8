"""The graph of the loss of one batch as a document of the explorer page."""

from __future__ import annotations

from typing import Any

from chainrule.compile import opened
from chainrule.explore import Graph
from chainrule.explore.page.document import graph_document
from chainrule.graph import Tensor


def exam_document(loss: Tensor, title: str) -> dict[str, Any]:
    """Return the document of a loss after a run forward and backward.

    Calls of compiled functions are replaced by the gates inside them; scans are one gate.
    """
    whole = opened([loss]).get(loss, loss)
    whole.name = whole.name or "loss"
    graph = Graph(whole)
    graph.backward()
    return graph_document(graph.record(), title=title)
