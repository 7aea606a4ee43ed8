"""The server of a document as an ASGI application: its paths, and who may use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chainrule.explore.live.access import Access
from chainrule.explore.live.edit_requests import (
    EXPECTED,
    EXPECTED_CHECK,
    EXPECTED_TENSOR,
    CheckRequest,
    EditRequest,
    TensorRequest,
)
from chainrule.explore.live.live_document import Answer, LiveDocument
from chainrule.graph import ChainruleError
from chainrule.http.refusal import RefusedRequest
from chainrule.http.request_body import read_body
from chainrule.http.wrong_fields import parsed

MOST_BYTES = 1 << 20  # of a body: 4,096 edits, and seeds
_BODY_TIME = 10.0  # seconds
_FEWER = "Send fewer edits."
_CLIENT_GONE = 499  # as nginx counts it; nobody reads this response
ALIVE = "/alive"  # says nothing but that the server runs, which a notebook asks
_RESOURCE_POLICY = "Cross-Origin-Resource-Policy"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    _RESOURCE_POLICY: "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
_ENTER = (
    '<!doctype html><meta charset="utf-8"><title>chainrule</title>'
    '<meta http-equiv="refresh" content="0;url=/">'
)
M = TypeVar("M", bound=BaseModel)


class Page:
    """The pages of one document: the paths of the server, and what they answer.

    document  what is shown
    html      returns the text of the page of a document
    policy    the content policy of the page
    framed    whether pages on this machine, such as notebooks, may show it in a frame
    """

    def __init__(
        self, document: LiveDocument, html: Callable[[Answer], str], policy: str, framed: bool
    ) -> None:
        self._document, self._html, self.framed = document, html, framed
        self._ancestors = "http://127.0.0.1:* http://localhost:*" if framed else "'none'"
        self._policy = f"{policy}; frame-ancestors {self._ancestors}"
        self._one_at_a_time = asyncio.Lock()

    @cached_property
    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/", self._page),
            Route("/document.json", self._whole),
            Route("/edit", self._edit, methods=["POST"]),
            Route("/check", self._check, methods=["POST"]),
            Route("/tensor", self._tensor, methods=["GET", "POST"]),
        ]

    def entered(self, access: Access) -> Response:
        """Return the answer to the address with the token: the cookie, and the way to the page.

        The page is asked for by this answer, not by a redirection: a browser sends no cookie of
        SameSite=Strict along redirections that begin at another site.
        """
        policy = _NOTHING.format(ancestors=self._ancestors)
        headers = {"Set-Cookie": access.set_cookie, "Content-Security-Policy": policy}
        return HTMLResponse(_ENTER, headers=headers)

    async def _page(self, request: Request) -> Response:
        text = await self._done(self._shown, dict(request.query_params))
        return HTMLResponse(text, headers={"Content-Security-Policy": self._policy})

    def _shown(self, asked: Mapping[str, str]) -> str:
        return self._html(self._document.document(asked))

    async def _whole(self, request: Request) -> Response:
        return await self._computed(self._document.document, dict(request.query_params))

    async def _edit(self, request: Request) -> Response:
        asked = await _body(request, EditRequest, EXPECTED)
        return await self._of_shown(request, self._document.edited, asked)

    async def _check(self, request: Request) -> Response:
        asked = await _body(request, CheckRequest, EXPECTED_CHECK)
        return await self._of_shown(request, self._document.checked, asked)

    async def _tensor(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._computed(self._document.tensor, _asked_in_query(request))
        asked = await _body(request, TensorRequest, EXPECTED_TENSOR)
        return await self._of_shown(request, self._document.tensor, asked)

    async def _of_shown(
        self, request: Request, function: Callable[[Any], Answer], asked: Any
    ) -> Response:
        """Return an answer about the document of the query, which another tab may have changed."""
        query = dict(request.query_params)

        def answer(asked: Any) -> Answer:
            self._document.document(query)
            return function(asked)

        return await self._computed(answer, asked)

    async def _computed(self, function: Callable[[Any], Answer], asked: Any) -> Response:
        """Return an answer as JSON."""
        text = await self._done(lambda asked: _json(function(asked)), asked)
        return Response(text, media_type="application/json")

    async def _done(self, function: Callable[[Any], str], asked: Any) -> str:
        """Return what a function makes of a request beside the event loop, one at a time."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(function, asked)


def application(page: Page, access: Access) -> Starlette:
    """Return the ASGI application of a page."""
    return Starlette(
        routes=page.routes,
        middleware=[Middleware(_Guarded, page=page, access=access)],
        exception_handlers={
            RefusedRequest: _refused,
            ChainruleError: _impossible,
            HTTPException: _no_route,
            ClientDisconnect: _client_gone,
            Exception: _failed,
        },
    )


class _Guarded:
    """Answers requests from pages of the server itself, and sets the headers of all responses."""

    def __init__(self, app: ASGIApp, page: Page, access: Access) -> None:
        self._app, self._page, self._access = app, page, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [
                    (name.lower().encode(), value.encode())
                    for name, value in _HEADERS.items()
                    if name.lower().encode() not in given
                ]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        app = self._answer_to(Request(scope, receive))
        await app(scope, receive, with_headers)

    def _answer_to(self, request: Request) -> ASGIApp:
        access, is_read = self._access, request.method in ("GET", "HEAD")
        try:
            access.require_own_page(request.headers, is_read)
            if is_read and self._page.framed and request.url.path == ALIVE:
                return Response(status_code=204, headers={_RESOURCE_POLICY: "cross-origin"})
            if is_read and request.url.path == "/" and access.has_token(request):
                return self._page.entered(access)
            access.require_own_site(request.headers)
            access.require_cookie(request)
        except RefusedRequest as error:
            return _error(error.status, error.message)
        return self._app


async def _body(request: Request, kind: type[M], expected: str) -> M:
    return parsed(kind, await read_body(request, MOST_BYTES, _BODY_TIME, _FEWER), expected)


def _asked_in_query(request: Request) -> TensorRequest:
    """Return a request for a tensor whose fields are in the address."""
    given: dict[str, Any] = dict(request.query_params)
    for name in ("node", "input"):
        number = given.get(name, "")
        if number.isascii() and number.isdigit() and len(number) < 10:
            given[name] = int(number)
    return parsed(TensorRequest, json.dumps(given).encode(), EXPECTED_TENSOR)


def _json(answer: Answer) -> str:
    return json.dumps(answer, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


async def _refused(request: Request, error: Any) -> Response:
    return _error(error.status, error.message, error.headers)


async def _impossible(request: Request, error: Exception) -> Response:
    """Answer with the sentence of an error of the graph, such as one of a domain."""
    return _error(422, str(error))


async def _no_route(request: Request, error: Any) -> Response:
    path = request.url.path
    if error.status_code == 404:
        return _error(404, f"There is nothing at {path}.")
    message = f"{path} was asked with {request.method}, which it does not take."
    return _error(error.status_code, message, error.headers)


async def _client_gone(request: Request, error: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)


async def _failed(request: Request, error: Exception) -> Response:
    return _error(500, f"The server failed: {type(error).__name__}. Its log says more.")


def _error(status: int, sentence: str, headers: Any = None) -> Response:
    policy = {"Content-Security-Policy": _NOTHING.format(ancestors="'none'")}
    return Response(
        json.dumps({"error": sentence}), status, policy | (headers or {}), "application/json"
    )
