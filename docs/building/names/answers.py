"""What to write for a function of another library: a name of ours, an expression, or a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import chainrule as cr
from chainrule.foreign_names import NAMES
from chainrule.ops.numpy_names.finding import ALIASES
from chainrule.ops.numpy_names.other_arguments import OTHER_ARGUMENTS

_WRITTEN = Path(__file__).with_name("written.txt")
_REFUSED = Path(__file__).with_name("refused.txt")
_CODE = re.compile(r"\b(?:cr|np|x|model|optimizer)\.\w+(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?")
_SPACES = {"cr": cr, "cr.nn": cr.nn, "cr.random": cr.random}


@dataclass(frozen=True)
class Answer:
    """An answer; `same` for a function of the same name, `text` is empty if there is none."""

    kind: str
    text: str


def answer(namespace: str, name: str) -> Answer:
    """Return the answer for a function: "same", "written", "refused", or "none".

    What is written or refused under the full name precedes. Then come functions of NumPy that take
    tensors, functions of ours with this name or an alias, what is written or refused under the
    last part of the name, and the hints of missing names.
    """
    full = f"{namespace}.{name}"
    return (
        _by_hand(full)
        or _of_numpy(namespace, name)
        or _same(name)
        or _by_hand(name)
        or _foreign(name)
        or Answer("none", "")
    )


def _by_hand(name: str) -> Answer | None:
    if name in written():
        text = written()[name]
        return Answer("written", text if "`" in text else f"`{text}`")
    for pattern, reason in refused():
        if fnmatchcase(name, pattern):
            return Answer("refused", reason)
    return None


def _of_numpy(namespace: str, name: str) -> Answer | None:
    """Return a function of NumPy that takes tensors, also for that of JAX with the same name."""
    library, numpy, below = namespace.removeprefix("jax.").partition("numpy")
    if library or not numpy:
        return None
    path = f"{below}.{name}".removeprefix(".")
    if path in OTHER_ARGUMENTS and ("." in path or not _same(name)):
        return Answer("written", f"`np.{path}`, which takes tensors")
    return None


def _same(name: str) -> Answer | None:
    for each in (name, ALIASES.get(name, name)):
        for path, space in _SPACES.items():
            if callable(getattr(space, each, None)):
                return Answer("same", f"`{path}.{each}`")
    return None


def _foreign(name: str) -> Answer | None:
    """Return the sentence with which the error of a missing name answers, its code in backticks."""
    if name not in NAMES:
        return None
    return Answer("written", _CODE.sub(r"`\g<0>`", NAMES[name]).removeprefix("Write ").rstrip("."))


@cache
def written() -> dict[str, str]:
    """Return expressions by name: the lines `name = expression` of a file."""
    lines = _WRITTEN.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" = ", 1) for line in lines if " = " in line)
    return {each: text for names, text in pairs for each in names.split()}


@cache
def refused() -> list[tuple[str, str]]:
    """Return patterns of names with the reason that they are under."""
    found, reason = [], ""
    for line in _REFUSED.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        else:
            found += [(pattern, reason) for pattern in line.split()]
    return found
