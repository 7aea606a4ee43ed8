"""The limits of a server."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from chainrule.serve.errors import ServeError

_SECONDS = ("timeout", "linger", "stop_time")
_MOST_SECONDS = 1e9  # the system cannot wait for much longer


@dataclass(frozen=True)
class Limits:
    """What a server accepts. Raises ServeError for a limit that is not a finite number above 0,
    and for more seconds than 1e9.

    max_bytes   bytes of the body of a request
    timeout     seconds for reading a request, and for answering it
    queue       requests that are read or answered at one time; further ones get a 503
    batch       characters of text that are tagged together, about
    linger      seconds that a batch waits for more requests while several clients are active
    stop_time   seconds for finishing requests after the signal to stop
    """

    max_bytes: int = 1 << 18
    timeout: float = 10.0
    queue: int = 256
    batch: int = 1 << 15
    linger: float = 0.001
    stop_time: float = 20.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (value > 0 and math.isfinite(value)):
                raise ServeError(f"The limit {each.name} is {value}. Give a finite number above 0.")
            if each.name in _SECONDS and value > _MOST_SECONDS:
                raise ServeError(
                    f"The limit {each.name} is {value} seconds. Give at most {_MOST_SECONDS:g}, 30 "
                    "years."
                )


def require_watch(seconds: float) -> None:
    """Raise ServeError for seconds between looks at a folder that cannot be waited for."""
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ServeError(
            f"The folder was to be looked at every {seconds} seconds. Give 0 for never, or at most "
            f"{_MOST_SECONDS:g}."
        )
