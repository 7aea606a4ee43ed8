"""Reads the body of a request within limits."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from chainrule.http.refusal import RefusedRequest

_TYPE = "application/json"
_CLOSE = {"Connection": "close"}  # since the rest of the body may still arrive


async def read_body(request: Request, most: int, timeout: float, advice: str) -> bytes:
    """Return the body of a request, which has the type JSON.

    most     bytes
    timeout  seconds in which it has to arrive
    advice   a sentence for those whose body is too large

    Raises RefusedRequest for another type than JSON (415), for more than `most` bytes (413), and
    for a body that has not arrived after `timeout` seconds (408); ClientDisconnect if the client
    left.
    """
    _require_json(request)
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise _too_large(f"The body has {int(stated):,} bytes", most, advice)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise _too_large(f"The body has more than {most:,} bytes", most, advice)
    except TimeoutError:
        raise RefusedRequest(
            408, "slow_body", f"The body did not arrive within {timeout:g} seconds.", _CLOSE
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


def _too_large(found: str, most: int, advice: str) -> RefusedRequest:
    return RefusedRequest(413, "too_large", f"{found}, and {most:,} are accepted. {advice}")
