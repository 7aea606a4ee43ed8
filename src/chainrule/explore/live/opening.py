"""Opens pages: in a browser, or in a frame of a notebook."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import Any


def in_notebook() -> bool:
    """Return whether a notebook runs the code, which can show frames."""
    return hasattr(_shell(), "kernel")


def is_interactive() -> bool:
    """Return whether somebody enters statements one by one, so that a server can outlast one."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive) or _shell() is not None


def _shell() -> Any:
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


class Opener:
    """A file that leads a browser to an address.

    The address of a server contains its token, and the arguments of a process, such as that of a
    browser, can be read by others on this machine. The file cannot. It is removed when the program
    ends, at the latest.
    """

    def __init__(self, address: str) -> None:
        number, name = tempfile.mkstemp(prefix="chainrule-", suffix=".html")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(
                '<!doctype html><meta charset="utf-8"><title>chainrule</title>'
                f'<meta http-equiv="refresh" content="0;url={escape(address)}">'
            )
        self._path = Path(name)
        atexit.register(self.remove)

    def open(self) -> bool:
        """Return whether a browser was started."""
        return webbrowser.open(self._path.as_uri())

    def remove(self) -> None:
        """Remove the file."""
        atexit.unregister(self.remove)
        self._path.unlink(missing_ok=True)
