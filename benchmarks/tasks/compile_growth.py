"""How the time to compile grows with the graph: first calls of functions of several sizes.

Every measurement is the first call in a new process, with nothing cached: to trace, differentiate,
compile and run once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from time import perf_counter


def measure(family: str, size: int, framework: str) -> float:
    """Return the seconds of the first call of the function of this family and size."""
    command = [sys.executable, "-m", __name__, framework, family, str(size)]
    environment = {**os.environ, "CHAINRULE_CACHE": "off"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    if ran.returncode:
        raise RuntimeError((ran.stderr.strip().splitlines() or ["no message"])[-1])
    return float(ran.stdout)


def main(framework: str, family: str, size: int) -> None:
    """Print the seconds of the first call."""
    call = import_module(f"benchmarks.with_{framework}.compile_growth").FAMILIES[family](size)
    start = perf_counter()
    call()
    print(perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
