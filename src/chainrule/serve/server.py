"""The HTTP server: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from chainrule.http.listener import address_of, bound, is_loopback
from chainrule.ner.short_turns import short_turns
from chainrule.serve.asgi_application import application_of
from chainrule.serve.errors import ServeError
from chainrule.serve.limits import Limits
from chainrule.serve.service import Service
from chainrule.storage import printable, reason
from chainrule.storage.paths import AnyPath

_BACKLOG = 2048
_LAST_RESORT = 5  # seconds after `stop_time`, when unfinished connections are closed
_ON_THE_WAY = 2.0  # seconds in which a client sends a request over an open connection
_LOOK = 0.05  # seconds between looks at the open connections
_KEPT = 75  # seconds that idle connections are kept, longer than proxies keep theirs
_TURN = 0.0005  # seconds
_log = logging.getLogger("chainrule.serve")


def serve(
    folder: AnyPath,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    watch: float = 1.0,
    started: Callable[[str], object] = print,
) -> None:
    """Serve the tagger of a folder until SIGTERM or SIGINT; SIGHUP loads the folder again.

    host     an address or a name of this machine; others than loopback are open to the network
    port     0 for a free one
    limits   of requests
    watch    seconds between looks at the folder: a model that replaces it is loaded; 0 for none
    started  is called with the address, such as "http://127.0.0.1:8000", once requests are answered

    Raises ServeError if the address or `watch` cannot be used, ModelError if the folder holds no
    usable tagger.
    """
    with _bound(host, port) as listener:
        service = Service(folder, limits or Limits(), watch)
        server = _Server(service, lambda: started(address_of(listener)))
        _warn_if_open(listener)
        with _signals_to(server), short_turns(_TURN):
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Tells the service of signals, and says when it has started."""

    def __init__(self, service: Service, started: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                application_of(service),
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEPT,
                timeout_graceful_shutdown=round(service.limits.stop_time) + _LAST_RESORT,
            )
        )
        self._service, self._started = service, started
        self._reloads: set[asyncio.Task[bool]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        if hasattr(signal, "SIGHUP") and _in_main_thread():
            self._loop.add_signal_handler(signal.SIGHUP, self._reload)
        await super().startup(sockets)
        if self.started:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no connections, then answer the requests that are on their way in open ones."""
        assert sockets is not None
        (listener,) = sockets
        with listener.dup() as waiting:
            for each in self.servers:
                each.close()
            await asyncio.sleep(0)
            await self._accept_all(waiting)
        listener.close()
        await self._last_requests()
        await super().shutdown()

    async def _last_requests(self) -> None:
        """Wait for requests over open connections, which are closed with their answers."""
        end = time.monotonic() + _ON_THE_WAY
        await asyncio.sleep(_LOOK)
        while self.server_state.connections and time.monotonic() < end:
            await asyncio.sleep(_LOOK)

    async def _accept_all(self, listener: socket.socket) -> None:
        """Accept the connections that wait, which the system would reset when the socket closes."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = listener.accept()
                connection.setblocking(False)
                await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._service.begin_stop)

    def _reload(self) -> None:
        task = asyncio.ensure_future(self._service.slot.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(host, port)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ServeError(
            f"{printable(host)}, port {port}, cannot be used: {reason(error)}. Choose another "
            "--host, or --port 0 for a free port."
        ) from error


def _warn_if_open(listener: socket.socket) -> None:
    if not is_loopback(listener):
        _log.warning(
            "%s can be reached from the network, and there is no authentication: everybody who "
            "reaches the port can use the model. Put a proxy with authentication in front of it.",
            address_of(listener),
        )


@contextmanager
def _signals_to(server: uvicorn.Server) -> Iterator[None]:
    """Let signals that come before uvicorn's handlers stop the server.

    uvicorn raises its signals once more at the end, for these handlers: the exit code is then 0.
    """
    if not _in_main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.should_exit = True

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, stop) for each in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
