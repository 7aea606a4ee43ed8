"""Errors of serving: a server that cannot start, and a model that fails on a request."""

from __future__ import annotations

import chainrule as cr
from chainrule.http.packages import missing_packages

_PACKAGES = ("starlette", "uvicorn", "prometheus_client")


class ServeError(cr.ChainruleError):
    """A server that cannot start."""


class AnswerError(Exception):
    """A model that raised an exception for the items of a request."""


def require_packages() -> None:
    """Raise ServeError unless the packages of the extra are installed."""
    missing = missing_packages(_PACKAGES)
    if missing:
        raise ServeError(
            f"A model was to be served, but packages are not installed: {', '.join(missing)}. "
            "Install them with pip install 'chainrule[serve]'."
        )
