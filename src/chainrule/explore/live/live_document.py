"""What a server shows: a document, and what it computes on request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from chainrule.http.refusal import RefusedRequest

if TYPE_CHECKING:
    from chainrule.explore.live.edit_requests import CheckRequest, EditRequest, TensorRequest

Answer = Mapping[str, Any]


class LiveDocument(Protocol):
    """A document that a server shows, and the answers to what its page asks."""

    def document(self, asked: Mapping[str, str]) -> Answer:
        """Return the document; `asked` has the names and values of the query."""

    def edited(self, request: EditRequest) -> Answer:
        """Return the numbers of a run with edits."""

    def checked(self, request: CheckRequest) -> Answer:
        """Return the comparison of a gate with central differences."""

    def tensor(self, request: TensorRequest) -> Answer:
        """Return a tensor with all elements."""


class StoredDocument:
    """A document without the graph that it is of."""

    def __init__(self, document: Answer) -> None:
        self._document = document

    def document(self, asked: Mapping[str, str]) -> Answer:
        """Return the document; raises RefusedRequest for a query."""
        refuse_query(asked)
        return self._document

    def edited(self, request: EditRequest) -> Answer:
        """Raise RefusedRequest, as for the other requests: there is no graph to run."""
        raise self._refused("edited")

    def checked(self, request: CheckRequest) -> Answer:
        """Raise RefusedRequest."""
        raise self._refused("checked")

    def tensor(self, request: TensorRequest) -> Answer:
        """Raise RefusedRequest."""
        raise self._refused("sent whole")

    def _refused(self, wanted: str) -> RefusedRequest:
        return RefusedRequest(
            409,
            "no_graph",
            f"A tensor was to be {wanted}, but this document was stored without its graph. "
            "Open the graph itself with graph.explore().",
        )


def refuse_query(asked: Mapping[str, str]) -> None:
    """Raise RefusedRequest (422) for a query of a document that takes none."""
    if asked:
        raise RefusedRequest(
            422,
            "wrong_query",
            f"The document was asked for with {next(iter(asked))[:40]!r}, and it takes nothing. "
            "Ask for /document.json.",
        )
