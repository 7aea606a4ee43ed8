"""The public functions of `chainrule.ops`, read from the lists in `chainrule.ops.exports`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import chainrule

_LISTS = Path(chainrule.__file__).parent / "ops" / "exports"
_OF_MODULE = {"chainrule": ("functions", "layers"), "chainrule.nn": ("losses",)}


def exported(module: str, files: Sequence[str]) -> list[str]:
    """Return the functions that `module` offers of some files of `chainrule.ops`, by name."""
    return sorted(
        alias.name
        for each in _OF_MODULE[module]
        for node in ast.parse((_LISTS / f"{each}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and str(node.module).rpartition(".")[2] in files
        for alias in node.names
    )
