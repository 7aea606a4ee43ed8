"""The names of chainrule for the table of operators: absent ones are an answer, not an error."""

from __future__ import annotations

from typing import Any

import chainrule


class Absent(Exception):
    """A function of chainrule that an entry needs is not there yet."""


class Unsupported(Exception):
    """A sample asks for what chainrule does not have; the message is counted as the reason."""


class _Names:
    """The attributes of a module; one that is missing raises Absent."""

    def __init__(self, module: Any, path: str) -> None:
        self._module = module
        self._path = path

    def __getattr__(self, name: str) -> Any:
        try:
            found = getattr(self._module, name)
        except AttributeError:
            raise Absent(f"{self._path}.{name}") from None
        return _Names(found, f"{self._path}.{name}") if name in _PARTS else found


_PARTS = ("nn", "random", "linalg", "fft")
cr: Any = _Names(chainrule, "cr")


def unless(condition: Any, reason: str) -> None:
    """Raise Unsupported with the reason if the condition does not hold."""
    if not condition:
        raise Unsupported(reason)


def lifted(entry: Any) -> Any:
    """Return an entry that also takes scalars: torch gives them one axis, of extent 1."""

    def taking_scalars(x: Any, *given: Any, **options: Any) -> Any:
        if x.ndim:
            return entry(x, *given, **options)
        found = entry(x.reshape(1), *given, **options)
        several = isinstance(found, tuple | list)
        return [each.reshape() for each in found] if several else found.reshape()

    return taking_scalars


def only(options: dict[str, Any], *known: str) -> None:
    """Raise Unsupported if there are other options than the known ones."""
    for name, value in options.items():
        unless(name in known or value is None, f"the option {name}")
