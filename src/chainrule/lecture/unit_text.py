"""Numbers with units, as text."""

from __future__ import annotations

_TIMES = ((3600.0, "hours"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "bytes"))


def time(seconds: float) -> str:
    """Return a time with three digits, such as 1.35 ms."""
    return _in_units(seconds, _TIMES)


def size(count: float) -> str:
    """Return a number of bytes with three digits, such as 67.1 MB."""
    return _in_units(count, _SIZES)


def _in_units(value: float, units: tuple[tuple[float, str], ...]) -> str:
    scale, unit = next((each for each in units if value >= each[0]), units[-1])
    shown = value / scale
    return f"{shown:.0f} {unit}" if shown >= 100 else f"{shown:.3g} {unit}"
