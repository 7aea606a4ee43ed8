"""Commands that train on several processes: rank 0 alone prints and writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import wraps
from typing import ParamSpec, TypeVar

from chainrule.distributed import communicator

P = ParamSpec("P")
R = TypeVar("R")


def is_first() -> bool:
    """Return whether this is rank 0, or the only process."""
    return communicator().rank == 0


def printed_once(command: Callable[P, R]) -> Callable[P, R]:
    """Drop what the command prints on other ranks than 0; its errors are raised as they are."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_first():
            return command(*args, **kwargs)
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            return command(*args, **kwargs)

    return run
