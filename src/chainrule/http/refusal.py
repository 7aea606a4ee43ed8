"""Requests that are refused, with a status, a short name and a sentence."""

from __future__ import annotations

from collections.abc import Mapping


class RefusedRequest(Exception):
    """A request that is answered with an error.

    status   the HTTP status, 400 or above
    code     a short name for programs, such as "too_large"
    message  a sentence for people
    headers  further headers of the response
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})
