"""The frameworks side by side, and where each of them has its models: in `with_<folder>/`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from benchmarks.problem import Learner, Problem

_CPP_COMPILERS = ("g++", "clang++", "c++", "cl")


@dataclass(frozen=True)
class _Framework:
    """Where the models of a framework are, and what has to be installed.

    options   arguments of the function `learner`
    compiler  whether a C++ compiler is needed
    without   the models that the framework is not compared on
    """

    folder: str
    packages: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    compiler: bool = False
    without: tuple[str, ...] = ()


_KNOWN = {
    "chainrule": _Framework("chainrule", ("chainrule",)),
    "torch": _Framework("torch", ("torch",)),
    "torch.compile": _Framework("torch", ("torch",), {"compiled": True}, True, ("eager",)),
    "jax": _Framework("jax", ("jax", "optax")),
    "numpy": _Framework("numpy", ("numpy",)),
}

FRAMEWORKS = tuple(_KNOWN)
PEERS = FRAMEWORKS[1:]


def missing(framework: str) -> str | None:
    """Return what the framework needs and that is not installed, None if all is."""
    needed = _KNOWN[framework]
    package = next((each for each in needed.packages if find_spec(each) is None), None)
    if package is None and needed.compiler and not _has_cpp_compiler():
        return "a C++ compiler"
    return package


def has_model(framework: str, module: str) -> bool:
    """Say whether the model was written in this framework."""
    known = _KNOWN[framework]
    written = find_spec(f"benchmarks.with_{known.folder}.{module}") is not None
    return written and module not in known.without


def learner(framework: str, module: str, problem: Problem) -> Learner:
    """Return the model in training, at its first weights."""
    known = _KNOWN[framework]
    models = import_module(f"benchmarks.with_{known.folder}.{module}")
    made: Learner = models.learner(problem, **known.options)
    return made


def versions() -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    found = {}
    for package in ("chainrule", "torch", "jax", "optax", "numpy", "llvmlite"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _has_cpp_compiler() -> bool:
    """Return whether a compiler is found that torch.compile would use."""
    return any(shutil.which(each) for each in (os.environ.get("CXX", ""), *_CPP_COMPILERS) if each)
