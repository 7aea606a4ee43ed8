"""Explorer pages that are open: in a browser, or in a frame of a notebook."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from chainrule.explore import live
from chainrule.explore.live.frame import file_frame, server_frame
from chainrule.explore.live.live_document import Answer, LiveDocument
from chainrule.explore.live.opening import Opener, in_notebook, is_interactive
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.html import built, page_html, policy
from chainrule.explore.record import Record
from chainrule.http.packages import missing_packages

_PACKAGES = ("starlette", "uvicorn")


class Explorer(ABC):
    """An open explorer page. Notebooks show it in a frame.

    address  the address of the page, with the token that opens it, or that of a file
    """

    address: str

    @abstractmethod
    def stop(self) -> None:
        """End the server of the page, if it has one."""

    @abstractmethod
    def wait(self) -> None:
        """Return when the server has ended, or at Ctrl-C, which ends it."""

    @abstractmethod
    def open(self) -> bool:
        """Return whether a browser was started."""

    @abstractmethod
    def _repr_html_(self) -> str:
        """Return what notebooks show: a frame."""

    def __repr__(self) -> str:
        return f"<Explorer {self.address}>"


class _Served(Explorer):
    """A page with a server."""

    def __init__(self, document: LiveDocument, picture: Callable[[], str | None]) -> None:
        content = document.document({})
        self._server = live.PageServer(
            live.Page(document, page_html, _policy(content), framed=in_notebook())
        )
        self._picture = picture
        self.address = self._server.address
        self._opener: Opener | None = None

    def open(self) -> bool:
        self._opener = Opener(self.address)
        return self._opener.open()

    def stop(self) -> None:
        self._server.stop()
        if self._opener is not None:
            self._opener.remove()

    def wait(self) -> None:
        self._server.wait()
        self.stop()

    def _repr_html_(self) -> str:
        return server_frame(self._server.port, self._server.token, self._picture())


class _Filed(Explorer):
    """A page in a file, for those without the packages of the server."""

    def __init__(self, content: Answer, picture: Callable[[], str | None]) -> None:
        self._page, self._picture = page_html(content), picture
        number, name = tempfile.mkstemp(prefix="chainrule-", suffix=".html")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(self._page)
        self.address = Path(name).as_uri()

    def stop(self) -> None:
        """Do nothing: there is no server. The file remains, since a browser may show it."""

    def wait(self) -> None:
        """Do nothing."""

    def open(self) -> bool:
        return webbrowser.open(self.address)

    def _repr_html_(self) -> str:
        return file_frame(self._page, self._picture())


def explore_record(
    record: Record, picture: Callable[[], str | None], wait: bool | None
) -> Explorer:
    """Open the page of a recorded run; with the packages of the server, it can be edited.

    picture  returns SVG for viewers of notebooks that run no scripts
    wait     see `Graph.explore`
    """
    if missing_packages(_PACKAGES):
        return _opened(_Filed(graph_document(record), picture), wait=False)
    return _opened(_Served(live.LiveGraph(record), picture), wait)


def explore_document(document: LiveDocument, wait: bool | None) -> Explorer:
    """Open the page of a document; see `explore_record`."""
    if missing_packages(_PACKAGES):
        return _opened(_Filed(document.document({}), _no_picture), wait=False)
    return _opened(_Served(document, _no_picture), wait)


def _opened(page: Explorer, wait: bool | None) -> Explorer:
    if in_notebook():
        return page
    started = page.open()
    waits = not is_interactive() if wait is None else wait
    print("The graph is shown at" if started else "Open in a browser:", page.address)
    if waits:
        print("Press Ctrl-C to end.")
        page.wait()
    return page


def _no_picture() -> None:
    return None


def _policy(content: Answer) -> str:
    return policy(built("explorer.js"), built("explorer.css"), content["editing"]["server"])
