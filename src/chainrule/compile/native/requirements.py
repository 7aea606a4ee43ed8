"""The packages that native code needs."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDED = ("llvmlite", "scipy_openblas32")


def missing() -> str | None:
    """Return the name of a package that native code needs and that is not installed, or None."""
    return next((each for each in _NEEDED if find_spec(each) is None), None)
