"""A tagger over HTTP: batches of concurrent requests, limits, metrics, reload without a stop."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from chainrule.serve.errors import ServeError as ServeError
from chainrule.serve.errors import require_packages as _require_packages
from chainrule.serve.limits import Limits as Limits

if _TYPE_CHECKING:
    from chainrule.serve.asgi_application import application as application
    from chainrule.serve.server import serve as serve

_LATER = {"application": "asgi_application", "serve": "server"}

if not _TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what needs the packages of the extra when it is first used."""
        if name not in _LATER:
            raise AttributeError(f"module 'chainrule.serve' has no attribute {name!r}")
        _require_packages()
        module = _import_module(f"chainrule.serve.{_LATER[name]}")
        return globals().setdefault(name, getattr(module, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
