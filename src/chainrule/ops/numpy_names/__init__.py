"""The names and arguments under which NumPy's functions call ours, loaded at the first call."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from chainrule.graph.numpy_calls import find_calls_by


def call_of(function: Any, method: str = "__call__") -> Callable[..., Any] | None:
    """Return the function of tensors with the arguments of a NumPy function, None if there is none.

    method  "__call__", or a method of a ufunc such as "reduce"
    """
    finding = import_module("chainrule.ops.numpy_names.finding")
    found: Callable[..., Any] | None = finding.found_call(function, method)
    return found


find_calls_by(call_of)
