"""Long names of gates and parameters, shortened for tables and legends."""

from __future__ import annotations


def short_name(name: str, room: int) -> str:
    """Return a name without its middle if it is longer than `room` characters.

    Two thirds of what is kept are from the end, which differs most between names.
    """
    if len(name) <= room:
        return name
    head = (room - 1) // 3
    return f"{name[:head]}…{name[head + 1 - room :]}"
