"""Importing a framework in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

MODULES = {
    "chainrule": "chainrule",
    "torch": "torch",
    "jax": "jax, jax.numpy, optax",
    "numpy": "numpy",
}


def measure(framework: str) -> float:
    """Return the seconds that the import takes in a new process."""
    program = (
        "from time import perf_counter; start = perf_counter(); "
        f"import {MODULES[framework]}; print(perf_counter() - start)"
    )
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
