"""Packages of an extra that are not installed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec


def missing_packages(modules: Sequence[str]) -> list[str]:
    """Return the packages of modules that cannot be imported, as pip names them."""
    return [each.replace("_", "-") for each in modules if find_spec(each) is None]
