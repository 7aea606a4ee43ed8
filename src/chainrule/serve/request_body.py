"""Reads the body of a request within the limits."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from chainrule.serve.errors import RefusedRequest
from chainrule.serve.limits import Limits

_TYPE = "application/json"
_CLOSE = {"Connection": "close"}  # since the rest of the body may still arrive


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body.

    Raises RefusedRequest for another type than JSON (415), for more than `max_bytes` (413), and for
    a body that has not arrived after `timeout` seconds (408); ClientDisconnect if the client left.
    """
    _require_json(request)
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limits.max_bytes:
        raise _too_large(f"The body has {int(stated):,} bytes", limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout):
            async for part in request.stream():
                body += part
                if len(body) > limits.max_bytes:
                    raise _too_large(f"The body has more than {limits.max_bytes:,} bytes", limits)
    except TimeoutError:
        raise RefusedRequest(
            408, "slow_body", f"The body did not arrive within {limits.timeout:g} seconds.", _CLOSE
        ) from None
    return bytes(body)


def _require_json(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    encoding = request.headers.get("content-encoding", "identity")
    if kind.strip().lower() != _TYPE:
        found = f"has the type {kind.strip()}" if kind.strip() else "has no Content-Type"
        raise RefusedRequest(
            415, "not_json", f"The body {found}. Send JSON, with Content-Type: {_TYPE}."
        )
    charset = parameters.strip().lower().replace('"', "")
    if charset.startswith("charset=") and charset not in ("charset=utf-8", "charset=utf8"):
        raise RefusedRequest(415, "not_utf8", f"The body has the {charset}. Send UTF-8.")
    if encoding.strip().lower() != "identity":
        raise RefusedRequest(
            415, "encoded", f"The body has the Content-Encoding {encoding}. Send it as it is."
        )


def _too_large(found: str, limits: Limits) -> RefusedRequest:
    return RefusedRequest(
        413,
        "too_large",
        f"{found}, and {limits.max_bytes:,} are accepted. Divide the text, or start the server "
        "with a larger --max-bytes.",
    )
