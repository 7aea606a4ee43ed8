"""The tags of a sentence behind a server: the page asks for other words and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chainrule.explore.live.edit_requests import CheckRequest, EditRequest, TensorRequest
from chainrule.explore.live.live_document import Answer, refuse_query
from chainrule.explore.live.live_graph import LiveGraph
from chainrule.explorer.errors import ExplorerError
from chainrule.explorer.tag_document import tag_graph
from chainrule.http.refusal import RefusedRequest
from chainrule.ner import Tagger


class LiveTags:
    """A document per word and tag of one sentence. Edits are of the one that was asked for last."""

    def __init__(
        self, tagger: Tagger, words: Sequence[str], position: int, tag: str | None = None
    ) -> None:
        self._tagger, self._words = tagger, words
        self._position, self._tag = position, tag
        self._live, self._document = self._explored(position, tag)
        self._shown = position, tag

    def document(self, asked: Mapping[str, str]) -> Answer:
        """Return the document of a word and a tag: of the first ones, unless `asked` names them."""
        given = dict(asked)
        position = _number(given.pop("position", str(self._position)))
        tag = given.pop("tag", self._tag if position == self._position else None)
        refuse_query(given)
        if (position, tag) == self._shown:
            return self._document
        try:
            self._live, self._document = self._explored(position, tag)
        except ExplorerError as error:
            raise RefusedRequest(422, "wrong_tag", str(error)) from error
        self._shown = position, tag
        return self._document

    def edited(self, request: EditRequest) -> Answer:
        """Return the numbers of a run with edited rows."""
        return self._live.edited(request)

    def checked(self, request: CheckRequest) -> Answer:
        """Return the comparison of a gate with central differences."""
        return self._live.checked(request)

    def tensor(self, request: TensorRequest) -> Answer:
        """Return a tensor with all elements."""
        return self._live.tensor(request)

    def _explored(self, position: int, tag: str | None) -> tuple[LiveGraph, Answer]:
        found = tag_graph(self._tagger, self._words, position, tag)
        live = LiveGraph(found.graph.record(), found.title)
        return live, {**live.document({}), "tag": found.report}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RefusedRequest(
            422, "wrong_word", f"The word {text[:40]!r} was asked for. Give its number, from 0."
        )
    return int(text)
