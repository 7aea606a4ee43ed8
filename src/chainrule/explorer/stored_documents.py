"""Documents in files: read from JSON, or from a page that was written before, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from chainrule.explore.page.document import FORMAT, VERSION
from chainrule.explorer.document_fields import fault
from chainrule.explorer.errors import ExplorerError
from chainrule.storage import read_regular, shown
from chainrule.storage.errors import FormatError
from chainrule.storage.strict_json import json_object

Document = Mapping[str, Any]
_ELEMENT = "explorer-document"
_MOST_BYTES = 64 << 20


def read_document(path: Path) -> Document:
    """Return the document of a file: a page written by `Graph.explore`, or JSON.

    Only the data of a page is read; its scripts are not run. Raises ExplorerError for a file that
    holds no document, or one of a newer version; StorageError for one that is not regular.
    """
    content = read_regular(path)
    if len(content) > _MOST_BYTES:
        raise ExplorerError(
            f"{shown(path)} has {len(content):,} bytes, and documents have at most "
            f"{_MOST_BYTES:,}. Give a file that graph.explore(path) wrote."
        )
    is_page = path.suffix.lower() in (".html", ".htm")
    text = _text_of_page(path, content) if is_page else content
    try:
        found = json_object(text, shown(path))
    except FormatError as error:
        raise ExplorerError(f"{error}. Give a file that graph.explore(path) wrote.") from error
    return _checked(path, found)


def _checked(path: Path, document: dict[str, Any]) -> Document:
    if document.get("format") != FORMAT:
        raise ExplorerError(
            f"{shown(path)} holds no document of the explorer. Give a file that "
            "graph.explore(path) wrote."
        )
    version = document.get("version")
    if version != VERSION:
        raise ExplorerError(
            f"{shown(path)} has version {str(version)[:20]} of the document, and this is version "
            f"{VERSION}. Use the version of chainrule that wrote it."
        )
    found = fault(document)
    if found is not None:
        raise ExplorerError(f"{shown(path)} is damaged: {found}. Write it again.")
    return without_server(document)


def without_server(document: Document) -> Document:
    """Return a document for a page that has no server to ask."""
    if not document["editing"]["server"]:
        return document
    why = "This is a stored document. Open its graph, with graph.explore() in Python, to edit it."
    return {**document, "editing": {**document["editing"], "server": False, "why": why}}


class _DocumentElement(HTMLParser):
    """Finds the text of the element that holds the document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and ("id", _ELEMENT) in attributes
        if self._inside and self.text is None:
            self.text = ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside and self.text is not None:
            self.text += data


def _text_of_page(path: Path, content: bytes) -> bytes:
    parser = _DocumentElement()
    parser.feed(content.decode("utf-8", "replace"))
    if parser.text is None:
        raise ExplorerError(
            f"{shown(path)} is no page of the explorer: it has no element {_ELEMENT!r}. Give a "
            "file that graph.explore(path) wrote."
        )
    return parser.text.encode()
