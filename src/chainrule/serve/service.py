"""The endpoints of the server, and what they share: model, queue, limits and metrics."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chainrule.http.refusal import RefusedRequest
from chainrule.http.request_body import read_body
from chainrule.serve.batch_queue import BatchQueue, Item, Model
from chainrule.serve.errors import AnswerError
from chainrule.serve.limits import Limits, require_watch
from chainrule.serve.messages import Health, answer, parsed
from chainrule.serve.metrics import CONTENT_TYPE, Metrics
from chainrule.serve.model_slot import ModelSlot
from chainrule.storage.paths import AnyPath

_SECONDS_TO_RETRY = "1"
_DIVIDE = "Divide the text, or start the server with a larger --max-bytes."


class Service:
    """A tagger with a queue of requests.

    folder  of the tagger
    limits  of requests
    watch   seconds between looks at the folder, 0 for none

    Raises ServeError for a `watch` that is not 0 or more, ModelError if the folder holds no usable
    tagger.
    """

    def __init__(self, folder: AnyPath, limits: Limits, watch: float) -> None:
        require_watch(watch)
        self.limits, self._watch = limits, watch
        self.metrics = Metrics()
        self.slot = ModelSlot(folder, self.metrics.count_reload)
        self._queue = BatchQueue(limits.batch, limits.linger, self.metrics.count_batch)
        self._in_work = 0
        self._unanswered: set[asyncio.Future[list[Any]]] = set()
        self.stops = False
        self.metrics.watch("in_work", "Requests in work.", lambda: self._in_work)
        self.metrics.watch("queue", "Requests that wait for a batch.", lambda: len(self._queue))

    @asynccontextmanager
    async def running(self, app: object = None) -> AsyncIterator[None]:
        """Answer requests in the block; `app` is not used."""
        self._queue.start()
        watcher = asyncio.ensure_future(self.slot.watch(self._watch)) if self._watch else None
        try:
            yield
        finally:
            if watcher is not None:
                watcher.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watcher
            await asyncio.to_thread(self._queue.stop, self.limits.stop_time)

    def begin_stop(self) -> None:
        """Report that the server stops; refuse what is unanswered when the time is over."""
        if not self.stops:
            self.stops = True
            asyncio.get_running_loop().call_later(self.limits.stop_time, self._give_up)

    def _give_up(self) -> None:
        for each in self._unanswered:
            if not each.done():
                each.set_exception(_refused("stopping", "The server stops. Send it again later."))

    async def entities(self, request: Request) -> Response:
        """Answer a request for entities or tags."""
        with self._place():
            body = await read_body(request, self.limits.max_bytes, self.limits.timeout, _DIVIDE)
            asked = parsed(body)
            model = self.slot.current
            answers = await self._answers(model, asked.items, request.receive)
        return _json(answer(asked, model.checksum, answers))

    async def health(self, request: Request) -> Response:
        """Answer 200 if requests are accepted, 503 otherwise."""
        state = self._state()
        return _json(state, 200 if state.ready else 503)

    async def live(self, request: Request) -> Response:
        """Answer 200 unless the server must be started again, 503 otherwise."""
        state = self._state()
        return _json(state, 200 if state.live else 503)

    async def show_metrics(self, request: Request) -> Response:
        """Answer with all metrics."""
        model = self.slot.current
        return Response(self.metrics.text(model.name, model.checksum), media_type=CONTENT_TYPE)

    def _state(self) -> Health:
        model, live = self.slot.current, self._queue.is_alive
        return Health(
            status="failed" if not live else "stopping" if self.stops else "ready",
            live=live,
            ready=live and not self.stops,
            model=model.name,
            checksum=model.checksum,
            labels=model.labels,
            loaded=model.loaded.isoformat(timespec="seconds"),
            reload_error=self.slot.failure,
        )

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Take one of the places for requests in work; raises RefusedRequest if none is free."""
        if self._in_work >= self.limits.queue:
            raise _refused(
                "overload",
                f"{self._in_work:,} requests are in work, as many as the server accepts. Send it "
                "again later.",
            )
        self._in_work += 1
        try:
            yield
        finally:
            self._in_work -= 1

    async def _answers(
        self, model: Model, items: Sequence[Item], receive: Callable[[], Any]
    ) -> list[Any]:
        """Return answers; raises ClientDisconnect if the client leaves before they are there."""
        future = self._queue.submit(model, items)
        gone = asyncio.ensure_future(_disconnected(receive))
        self._unanswered.add(future)
        try:
            await asyncio.wait(
                (future, gone),
                timeout=self.limits.timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if future.done():
                return future.result()
            if gone.done():
                raise ClientDisconnect
        except AnswerError as error:
            raise RefusedRequest(
                500, "failed", "The model failed on this input. The log of the server says why."
            ) from error
        finally:
            self._unanswered.discard(future)
            future.cancel()
            gone.cancel()
        raise RefusedRequest(
            504,
            "timeout",
            f"The answer was not ready after {self.limits.timeout:g} seconds. Send less text, or "
            "start the server with a larger --timeout.",
        )


async def _disconnected(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refused(code: str, message: str) -> RefusedRequest:
    return RefusedRequest(503, code, message, {"Retry-After": _SECONDS_TO_RETRY})


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, media_type="application/json")
