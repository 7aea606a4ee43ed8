"""Errors of serving: a server that cannot start, and a request that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import chainrule as cr

_PACKAGES = ("starlette", "uvicorn", "prometheus_client")


class ServeError(cr.ChainruleError):
    """A server that cannot start."""


class AnswerError(Exception):
    """A model that raised an exception for the items of a request."""


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


def require_packages() -> None:
    """Raise ServeError unless the packages of the extra are installed."""
    missing = [each.replace("_", "-") for each in _PACKAGES if find_spec(each) is None]
    if missing:
        raise ServeError(
            f"A model was to be served, but packages are not installed: {', '.join(missing)}. "
            "Install them with pip install 'chainrule[serve]'."
        )
