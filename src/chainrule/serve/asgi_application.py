"""The server as an ASGI application."""

from __future__ import annotations

import json
import time
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chainrule.http.refusal import RefusedRequest
from chainrule.serve.limits import Limits
from chainrule.serve.messages import ErrorAnswer, Fault
from chainrule.serve.openapi import description
from chainrule.serve.service import Service
from chainrule.storage.paths import AnyPath

_PATHS = ("/entities", "/health", "/health/live", "/metrics", "/openapi.json", "/")
_CLOSE = b"connection", b"close"
_CLIENT_GONE = 499  # as nginx counts it; nobody reads this response
# The page asks this server alone, and shows no part of a text as HTML.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def application(folder: AnyPath, limits: Limits | None = None, watch: float = 1.0) -> Starlette:
    """Return an ASGI application that serves the tagger of a folder, for a server of your choice.

    limits  of requests
    watch   seconds between looks at the folder: a model that replaces it is loaded; 0 for none

    Raises ServeError for a `watch` that is not 0 or more, ModelError if the folder holds no usable
    tagger.
    """
    return application_of(Service(folder, limits or Limits(), watch))


def application_of(service: Service) -> Starlette:
    """Return an ASGI application of a service."""
    return Starlette(
        routes=[
            Route("/entities", service.entities, methods=["POST"]),
            Route("/health", service.health),
            Route("/health/live", service.live),
            Route("/metrics", service.show_metrics),
            Route("/openapi.json", _description),
            Route("/", _page),
        ],
        middleware=[Middleware(_Counted, service=service)],
        exception_handlers={
            RefusedRequest: _refused,
            HTTPException: _no_route,
            ClientDisconnect: _client_gone,
            Exception: _failed,
        },
        lifespan=service.running,
    )


class _Counted:
    """Counts requests by path and status, and their time; closes connections before the end."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._service.stops:
                    message = {**message, "headers": [*message["headers"], _CLOSE]}
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            known = path if path in _PATHS else "other"
            self._service.metrics.count_request(known, status, time.perf_counter() - begin)


async def _page(request: Request) -> Response:
    return HTMLResponse(_page_text(), headers={"Content-Security-Policy": _POLICY})


async def _description(request: Request) -> Response:
    return Response(_description_text(), media_type="application/json")


@cache
def _page_text() -> str:
    return files("chainrule.serve").joinpath("page.html").read_text(encoding="utf-8")


@cache
def _description_text() -> str:
    return json.dumps(description(), indent=1)


async def _refused(request: Request, error: Any) -> Response:
    return _error(error.status, error.code, error.message, error.headers)


async def _no_route(request: Request, error: Any) -> Response:
    path = request.url.path
    if error.status_code == 404:
        message = f"There is nothing at {path}. The paths are {', '.join(_PATHS)}."
        return _error(404, "not_found", message)
    if error.status_code == 405:
        allowed = error.headers["Allow"]
        message = f"{path} was asked with {request.method}. It takes {allowed}."
        return _error(405, "wrong_method", message, error.headers)
    return _error(error.status_code, "refused", f"{error.detail}.", error.headers)


async def _client_gone(request: Request, error: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)


async def _failed(request: Request, error: Exception) -> Response:
    return _error(500, "failed", "The server failed. Its log says why.")


def _error(status: int, code: str, message: str, headers: Any = None) -> Response:
    body = ErrorAnswer(error=Fault(status=status, code=code, message=message))
    return Response(body.model_dump_json(), status, headers, media_type="application/json")
