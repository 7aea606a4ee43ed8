"""Scripts on several processes, for tests."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MPIEXEC = shutil.which(
    "mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
)
needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or find_spec("mpi4py") is None,
    reason="several processes need mpi4py and mpiexec: pip install 'chainrule[mpi]'",
)


def environment(**more):
    """Return the environment of a process that finds chainrule, the tests and other processes."""
    paths = [str(TESTS.parent / "src"), str(TESTS), *sys.path]
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return {**os.environ, **root, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


def launched(count, *arguments, timeout=300, **more):
    """Run Python with these arguments in `count` processes, and return the finished launcher."""
    return subprocess.run(
        [
            str(MPIEXEC),
            *("--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "-n", str(count)),
            *(sys.executable, *map(str, arguments)),
        ],
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def script(count, name, *arguments, **more):
    """Run a function of `distributed_scripts.py` in `count` processes; it has to succeed."""
    found = launched(count, TESTS / "distributed_scripts.py", name, *arguments, **more)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout
