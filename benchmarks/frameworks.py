"""The frameworks side by side, and where each of them has its models: in `with_<framework>/`."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from benchmarks.problem import Learner, Problem

FRAMEWORKS = ("chainrule", "torch", "jax", "numpy")
PEERS = FRAMEWORKS[1:]
_NEEDED = {"jax": ("jax", "optax")}


def missing(framework: str) -> str | None:
    """Return the package that the framework needs and that is not installed, None if all is."""
    needed = _NEEDED.get(framework, (framework,))
    return next((each for each in needed if find_spec(each) is None), None)


def has_model(framework: str, module: str) -> bool:
    """Say whether the model was written in this framework."""
    return find_spec(f"benchmarks.with_{framework}.{module}") is not None


def learner(framework: str, module: str, problem: Problem) -> Learner:
    """Return the model in training, at its first weights."""
    made: Learner = import_module(f"benchmarks.with_{framework}.{module}").learner(problem)
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
