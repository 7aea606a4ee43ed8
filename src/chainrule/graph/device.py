"""The device of tensors: main memory, under the name "cpu"."""

from __future__ import annotations

from typing import Any

from chainrule.graph.errors import ChainruleError

CPU = "cpu"


def require_cpu(device: Any) -> None:
    """Raise ChainruleError for another device than the CPU; None names no device."""
    if device is None or str(device) == CPU:
        return
    raise ChainruleError(
        f"The device {device} was requested, but tensors are in main memory: the only device is "
        f"{CPU!r}. Leave the device out."
    )
