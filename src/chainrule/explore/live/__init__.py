"""Graphs in a browser: a server on this machine that runs them again with edited numbers.

What needs the packages of the extra `explore` is imported when a server is started.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from chainrule.explore.live.application import Page as Page
    from chainrule.explore.live.live_graph import LiveGraph as LiveGraph
    from chainrule.explore.live.server import PageServer as PageServer

_LATER = {"LiveGraph": "live_graph", "Page": "application", "PageServer": "server"}

if not _TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a module of the server when it is first used."""
        if name not in _LATER:
            raise AttributeError(f"module 'chainrule.explore.live' has no attribute {name!r}")
        module = _import_module(f"chainrule.explore.live.{_LATER[name]}")
        return globals().setdefault(name, getattr(module, name))
