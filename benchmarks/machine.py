"""The machine that the figures belong to."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks.frameworks import versions


def described() -> dict[str, str]:
    """Return the processor, the cores this process may use, the system, and all versions."""
    return {
        "processor": _processor(),
        "cores": str(_cores()),
        "system": platform.platform(),
        "python": platform.python_version(),
        **versions(),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
