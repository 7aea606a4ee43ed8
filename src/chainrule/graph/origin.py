"""Where a node came from: the user's source line, and the path of the module that made it."""

from __future__ import annotations

import linecache
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).resolve().parents[1]
_CORE = ("graph", "ops", "grad", "compile", "nn", "optim", "explore", "train")
_OURS = tuple(f"{_PACKAGE / folder}{os.sep}" for folder in _CORE)


class Scope(NamedTuple):
    """One call of a module or gate: its label, its own number, and what it does to gradient.

    kind  the class of the module, or the function at a place of a Sequential; empty for a gate
    """

    label: str
    serial: int
    says: str | None
    kind: str = ""


class Origin(NamedTuple):
    """The place that made a node: a file, a line in it, and the calls that it was made within."""

    file: str
    line: int
    scope: tuple[Scope, ...]

    @property
    def path(self) -> str:
        """The path of the modules and gates around the node, as `path_of` returns it."""
        return path_of(self.scope)

    @property
    def source(self) -> str:
        """The text of the user's line, or an empty string where no source can be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        cell = _cell(self.file)
        return f"{cell}, line {self.line}" if cell else f"{Path(self.file).name}:{self.line}"


def path_of(scopes: Sequence[Scope]) -> str:
    """Return the labels from the outermost call inwards, joined by dots.

    A model without a name of its own is left out, so that the path begins like the names of the
    parameters below it.
    """
    nameless = bool(scopes) and scopes[0].label == scopes[0].kind
    return ".".join(each.label for each in scopes[1 if nameless else 0 :])


def _cell(file: str) -> str | None:
    """Return the cell of a notebook that a file stands for, such as "cell 3"; None for others."""
    named = re.match(r"<ipython-input-(\d+)-", file)
    if named is not None:
        return f"cell {named[1]}"
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    found = shell and shell.compile.format_code_name(file)  # such as ("Cell", "In[3]")
    return f"cell {found[1].strip('In[]')}" if found else None


_serials = count(1)
_scope: ContextVar[tuple[Scope, ...]] = ContextVar("scope", default=())
_inherited: ContextVar[Origin | None] = ContextVar("inherited", default=None)


def here() -> Origin:
    """Return the origin of a node that is made now: the innermost line outside chainrule's core."""
    inherited = _inherited.get()
    if inherited is not None:
        return inherited
    frame = sys._getframe(1)
    while _is_ours[file := frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    return Origin(file, frame.f_lineno, _scope.get())


class _Ours(dict[str, bool]):
    """By file, whether it belongs to chainrule's core."""

    def __missing__(self, file: str) -> bool:
        found = self[file] = file.startswith(_OURS)
        return found


_is_ours = _Ours()


@contextmanager
def scope(label: str, says: str | None = None, kind: str = "") -> Iterator[None]:
    """Mark the nodes made inside as one call of `label`, within the calls already under way.

    says  what the call does to gradient, as a sentence; kind: what is called, such as "Linear"
    """
    token = _scope.set((*_scope.get(), Scope(label, next(_serials), says, kind)))
    try:
        yield
    finally:
        _scope.reset(token)


class made_for:
    """Give the nodes made inside (`with made_for(origin):`) the origin of the node they serve."""

    __slots__ = ("_origin", "_token")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._token = _inherited.set(self._origin)

    def __exit__(self, *_: object) -> None:
        _inherited.reset(self._token)
