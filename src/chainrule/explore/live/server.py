"""The HTTP server of a page: on this machine only, in a thread of its own."""

from __future__ import annotations

import atexit
import secrets
import socket
import threading

import uvicorn

from chainrule.explore.live.access import Access
from chainrule.explore.live.application import Page, application
from chainrule.explore.live.errors import LiveError
from chainrule.http.listener import address_of, bound

_HOST = "127.0.0.1"
_START_TIME = 20.0  # seconds
_STOP_TIME = 2  # seconds for unfinished answers
_MOST_CONNECTIONS = 64


class PageServer:
    """A server of one page. It runs until `stop` is called or the process ends.

    address  the address of the page, with the token that opens it
    """

    def __init__(self, page: Page) -> None:
        listener = _free_port()
        self._access = Access(secrets.token_urlsafe(32), listener.getsockname()[1])
        self.origin = address_of(listener)
        self.address = f"{self.origin}/?token={self._access.token}"
        self._server = _Server(application(page, self._access))
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name="chainrule.explore",
            daemon=True,
        )
        self._thread.start()
        atexit.register(self.stop)  # an event loop in C does not survive the interpreter
        self._await_start()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._access.port

    @property
    def token(self) -> str:
        """The token in the address."""
        return self._access.token

    @property
    def is_running(self) -> bool:
        """Whether requests are answered."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the server, after the answers under way."""
        atexit.unregister(self.stop)
        self._server.should_exit = True
        self._thread.join()

    def wait(self) -> None:
        """Return when the server has ended, or at Ctrl-C, which ends it."""
        try:
            while self._thread.is_alive():
                self._thread.join(0.2)
        except KeyboardInterrupt:
            self.stop()

    def _await_start(self) -> None:
        if not self._server.answers.wait(_START_TIME) or not self._thread.is_alive():
            self._server.should_exit = True
            raise LiveError(
                f"A server was to be started at {self.origin}, but it did not answer within "
                f"{_START_TIME:g} seconds. Write a file instead: graph.explore('graph.html')."
            )


class _Server(uvicorn.Server):
    """Says when it has started, and leaves the signals to the program."""

    def __init__(self, app: object) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=_STOP_TIME,
            )
        )
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


def _free_port() -> socket.socket:
    try:
        return bound(_HOST, 0)
    except OSError as error:
        raise LiveError(
            f"A server was to be started at {_HOST}, but no port could be opened: "
            f"{error.strerror}. Write a file instead: graph.explore('graph.html')."
        ) from error
