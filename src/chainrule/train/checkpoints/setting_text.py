"""Settings as text that is equal in every process: functions by name and code, objects by options.

The code of chainrule's own functions is left out.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from chainrule.graph import Parameter, Primitive, Tensor
from chainrule.nn import Module
from chainrule.ops import Stream

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_CODE = re.compile(r" code [0-9a-f]{12}")
_PLAIN = bool | int | complex | str | bytes | Enum | PurePath | None
_STATE = Module | Parameter | Tensor | Stream | np.random.Generator
_DEPTH = 8


def setting_text(value: Any) -> str:
    """Return a setting as text; equal settings have equal texts in every process."""
    return _Description().of(value, 0)


def without_code(text: str) -> str:
    """Return the text of a setting without digests, which depend on the version of Python."""
    return _CODE.sub("", text)


class _Description:
    """The text of one setting; `_seen` holds the objects that are being described."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def of(self, value: Any, depth: int) -> str:
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float):
            return repr(int(value) if value.is_integer() else value)
        if isinstance(value, _PLAIN):
            return repr(value)
        if depth > _DEPTH or id(value) in self._seen:
            return "..."
        self._seen.add(id(value))
        try:
            return self._composed(value, depth + 1)
        finally:
            self._seen.discard(id(value))

    def _composed(self, value: Any, depth: int) -> str:
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, Mapping):
            inside = (f"{self.of(k, depth)}: {self.of(v, depth)}" for k, v in value.items())
            return f"{{{', '.join(inside)}}}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(self.of(each, depth) for each in value)}]"
        if isinstance(value, set | frozenset):
            return f"{{{', '.join(sorted(self.of(each, depth) for each in value))}}}"
        if isinstance(value, functools.partial):
            parts = [value.func, *value.args, value.keywords]
            return f"partial({', '.join(self.of(each, depth) for each in parts)})"
        if isinstance(value, MethodType):
            return f"{self.of(value.__self__, depth)}.{self.of(value.__func__, depth)}"
        if isinstance(value, property):
            return self.of(value.fget, depth)
        if isinstance(value, FunctionType):
            return self._function(value, depth)
        if isinstance(value, type | ModuleType | BuiltinFunctionType):
            return qualified_name(value)
        return self._object(value, depth)

    def _function(self, function: FunctionType, depth: int) -> str:
        """Return name, digest and defaults, and the closure variables and globals in use."""
        if is_ours(function):
            return qualified_name(function)
        code = function.__code__
        around = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        used = {name: _content(cell) for name, cell in around.items()}
        used |= {
            name: function.__globals__[name]
            for name in sorted(_names(code))
            if self._counts(function, function.__globals__.get(name))
        }
        given = [function.__defaults__, function.__kwdefaults__, used]
        options = "".join(f" {self.of(each, depth)}" for each in given if each)
        return f"{qualified_name(function)} code {_digest(code)}{options}"

    def _counts(self, function: FunctionType, value: Any) -> bool:
        """Return whether a global is a setting: a constant, or a function of the same file."""
        if isinstance(value, FunctionType):
            return value.__globals__ is function.__globals__
        return isinstance(value, bool | int | float | str)

    def _object(self, value: Any, depth: int) -> str:
        if isinstance(value, _STATE):
            return type(value).__name__
        if isinstance(value, Primitive):
            return value.name
        if hasattr(value, "__wrapped__"):
            return self.of(value.__wrapped__, depth)
        options = options_of(value)
        if not options:
            return qualified_name(value if hasattr(value, "__name__") else type(value))
        inside = (f"{name}={self.of(each, depth)}" for name, each in options.items())
        return f"{qualified_name(type(value))}({', '.join(inside)})"


def options_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, or the public attributes, that are not state."""
    if is_dataclass(value):
        found = {each.name: getattr(value, each.name, None) for each in fields(value)}
    else:
        found = dict(getattr(value, "__dict__", {}))
    return {
        name: each
        for name, each in found.items()
        if not name.startswith("_") and not isinstance(each, _STATE)
    }


def is_ours(value: Any) -> bool:
    """Return whether a function or class is defined in chainrule."""
    return str(getattr(value, "__module__", "")).split(".")[0] == "chainrule"


def qualified_name(value: Any) -> str:
    """Return the qualified name of a function, class or module, with its module if not local."""
    name = getattr(value, "__qualname__", getattr(value, "__name__", type(value).__name__))
    place = getattr(value, "__module__", None)
    is_local = is_ours(value) or place in (None, "__main__", "builtins")
    return name if is_local else f"{place}.{name}"


def _array(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.hasobject:
        return f"{array.dtype}{list(array.shape)}"
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]
    return f"{array.dtype}{list(array.shape)} sha256 {digest}"


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the variable has no value yet
        return None


def _names(code: CodeType) -> set[str]:
    inside = (_names(each) for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*inside)


def _digest(code: CodeType) -> str:
    return hashlib.sha256(repr(_essence(code)).encode()).hexdigest()[:12]


def _essence(code: CodeType) -> list[Any]:
    """Return the parts of a code object that determine its results, without line numbers."""
    constants = [_constant(each) for each in code.co_consts]
    return [code.co_code, code.co_names, code.co_argcount, code.co_kwonlyargcount, constants]


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _essence(value)
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    return repr(value)
