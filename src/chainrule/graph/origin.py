"""The origin of a node: the user's source line and the path of the calling modules."""

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
from typing import Any, NamedTuple

_PACKAGE = Path(__file__).resolve().parents[1]
_CORE = ("graph", "ops", "grad", "compile", "nn", "optim", "explore", "train")
_OURS = (
    *(f"{_PACKAGE / folder}{os.sep}" for folder in _CORE),
    contextmanager.__code__.co_filename,  # whose frames are those of the ends of `with` blocks
)


Options = tuple[tuple[str, Any], ...]


class Scope(NamedTuple):
    """One call of a module or gate: label, serial number, and its effect on the gradient.

    kind  the class of the module, or the function at a place of a Sequential; empty for a gate
    path  the path of the module in its model, "" for the model itself; None for a gate
    options  pairs of (argument, value) of a composite function; ... for what is not a number, bool
             or string
    """

    label: str
    serial: int
    says: str | None
    kind: str = ""
    path: str | None = None
    options: Options = ()


class Origin(NamedTuple):
    """The origin of a node: a file, a line, and the enclosing calls of modules and gates."""

    file: str
    line: int
    scope: tuple[Scope, ...]

    @property
    def path(self) -> str:
        """The path of the innermost module around the node, then the labels of gates within it."""
        return path_of(self.scope)

    @property
    def source(self) -> str:
        """The text of the user's line; empty if the source cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        cell = _cell(self.file)
        return f"{cell}, line {self.line}" if cell else f"{Path(self.file).name}:{self.line}"


def _cell(file: str) -> str | None:
    """Return the notebook cell of a file, such as "cell 3"; None for other files."""
    named = re.match(r"<ipython-input-(\d+)-", file)
    if named is not None:
        return f"cell {named[1]}"
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    found = shell and shell.compile.format_code_name(file)  # such as ("Cell", "In[3]")
    return f"cell {found[1].strip('In[]')}" if found else None


def path_of(scopes: Sequence[Scope]) -> str:
    """Return the path of the innermost module, then the labels of the gates within it, with dots.

    The path of a module is the prefix of the names of its parameters, wherever it is called.
    """
    labels: list[str] = []
    for each in scopes:
        labels = [*labels, each.label] if each.path is None else [each.path]
    return ".".join(filter(None, labels))


_serials = count(1)
_made = tuple.__new__
_scope: ContextVar[tuple[Scope, ...]] = ContextVar("scope", default=())
_inherited: ContextVar[Origin | None] = ContextVar("inherited", default=None)


def here(depth: int = 1) -> Origin:
    """Return the origin of a node made now: the innermost line outside the core of chainrule.

    depth  the number of callers, from this function's own, that are known to be inside the core
    """
    inherited = _inherited.get()
    if inherited is not None:
        return inherited
    frame = sys._getframe(depth)
    while _is_ours[file := frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    found = file, frame.f_lineno, _scope.get()
    return _made(Origin, found)  # Origin(*found) takes twice as long


class _Ours(dict[str, bool]):
    """Whether a file belongs to the core of chainrule, by file name."""

    def __missing__(self, file: str) -> bool:
        found = self[file] = file.startswith(_OURS)
        return found


_is_ours = _Ours()


@contextmanager
def scope(
    label: str,
    says: str | None = None,
    kind: str = "",
    path: str | None = None,
    options: Options = (),
) -> Iterator[None]:
    """Mark the nodes made in the block as one call of `label`, nested in the calls under way.

    says  the effect of the call on the gradient, as a sentence
    kind  the class of the callee, such as "Linear"
    path  the path of a module in its model; None for other callees
    options  the arguments of a composite function, as in `Scope`
    """
    own = Scope(label, next(_serials), says, kind, path, options)
    token = _scope.set((*_scope.get(), own))
    try:
        yield
    finally:
        _scope.reset(token)


class made_for:
    """Give the nodes made in the block (`with made_for(origin):`) an origin."""

    __slots__ = ("_origin", "_token")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._token = _inherited.set(self._origin)

    def __exit__(self, *_: object) -> None:
        _inherited.reset(self._token)
