"""A private copy of OpenBLAS, configured for this CPU. Only this file accesses BLAS."""

from __future__ import annotations

import ctypes
import os
import platform
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from chainrule.graph import ChainruleError, DType, once

ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE = 101, 111, 112
_SKYLAKE_FLAGS = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}


@once
def library() -> ctypes.CDLL:
    """Load the copy of OpenBLAS, for the core type of this CPU and one thread.

    OpenBLAS reads both from the environment while it is loaded; the user's environment is restored
    afterwards. Its own threads would spin after a product. NumPy's OpenBLAS is another library,
    which is not affected.
    """
    wanted = {"OPENBLAS_NUM_THREADS": "1"}
    core = core_type()
    if core is not None:
        wanted["OPENBLAS_CORETYPE"] = core
    before = {name: os.environ.get(name) for name in wanted}
    try:
        os.environ.update(wanted)
        return ctypes.CDLL(str(_file()))
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@cache
def address(dtype: DType) -> int:
    """Return the address of the matrix product of `dtype`: cblas_sgemm or cblas_dgemm."""
    name = {"float32": "scipy_cblas_sgemm", "float64": "scipy_cblas_dgemm"}[dtype.name]
    found = ctypes.cast(getattr(library(), name), ctypes.c_void_p).value
    assert found is not None
    return found


def has_avx512() -> bool:
    """Return whether this CPU has 32 vector registers of 64 bytes."""
    return cpu_flags() >= _SKYLAKE_FLAGS


def has_avx2() -> bool:
    """Return whether this CPU has 16 vector registers of 32 bytes, and multiplies and adds."""
    return cpu_flags() >= {"avx2", "fma"}


def core_type() -> str | None:
    """Return OpenBLAS' name of a core with this CPU's features, None to let it choose."""
    return "SkylakeX" if has_avx512() else None


@cache
def cpu_flags() -> frozenset[str]:
    """Return the CPU's feature flags; empty if the system does not list them."""
    listing = Path("/proc/cpuinfo")
    if platform.machine() not in ("x86_64", "AMD64") or not listing.is_file():
        return frozenset()
    lines = listing.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def _file() -> Path:
    """Return the file of the library, without importing its package, which would load it."""
    spec = find_spec("scipy_openblas32")
    if spec is None or spec.origin is None:
        raise ChainruleError(
            "Compiled matrix products need the package scipy-openblas32, which is not installed. "
            "Install chainrule with its dependencies: pip install chainrule."
        )
    return next((Path(spec.origin).parent / "lib").glob("*scipy_openblas*"))
