"""Long names of gates and parameters, shortened for tables and legends."""

from __future__ import annotations


def short_name(name: str, room: int) -> str:
    """Return a name without its middle if it is longer than `room` characters.

    Two thirds of what is kept are from the end, which differs most between names. The last number,
    that of the layer in a stack, is kept: in body.layers.11.attention.out_proj.weight it is 11.
    """
    if len(name) <= room:
        return name
    head = (room - 1) // 3
    kept = room - 1 - head
    numbered = _from_last_number(name)
    if len(numbered) <= kept:
        return f"{name[:head]}…{name[-kept:]}"
    if len(numbered) < room:
        return f"…{name[1 - room :]}"
    number = f"…{numbered.partition('.')[0]}.…"
    return f"{number}{name[len(number) - room :]}" if len(number) < room else f"…{name[1 - room :]}"


def _from_last_number(name: str) -> str:
    """Return the part of a path from its last number on; nothing if it has none."""
    parts = name.split(".")
    numbers = [i for i, each in enumerate(parts) if each.isdecimal()]
    return ".".join(parts[numbers[-1] :]) if numbers else ""
