"""The public functions of other libraries: read from those installed, kept in `functions.txt`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).with_name("functions.txt")
NAMESPACES = (
    *("numpy", "numpy.linalg", "numpy.fft"),
    *("torch", "torch.nn.functional", "torch.linalg", "torch.special", "torch.fft"),
    *("jax.numpy", "jax.numpy.linalg", "jax.numpy.fft", "jax.lax", "jax.nn"),
)
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX"}
_VERSIONS = "versions: "

Functions = Mapping[str, list[str]]


def write() -> None:
    """Write the functions of the installed libraries into the file."""
    lines = [line for name in NAMESPACES for line in ("", f"# {name}", *functions_of(name))]
    FUNCTIONS.write_text("\n".join([_VERSIONS + installed(), *lines, ""]), encoding="utf-8")


def installed() -> str:
    """Return the versions of the installed libraries."""
    return ", ".join(f"{title} {version(name)}" for name, title in LIBRARIES.items())


def collected() -> str:
    """Return the versions of the libraries whose functions the file has."""
    return FUNCTIONS.read_text(encoding="utf-8").splitlines()[0].removeprefix(_VERSIONS)


def read() -> Functions:
    """Return the names of functions by namespace, from the file."""
    found: dict[str, list[str]] = {}
    for line in FUNCTIONS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            names = found.setdefault(line.removeprefix("# "), [])
        elif line and found:
            names.append(line)
    return found


def functions_of(namespace: str) -> list[str]:
    """Return the documented public functions of a namespace, as it is installed."""
    module = import_module(namespace)
    listed = getattr(module, "__all__", None) if namespace.startswith("numpy") else None
    return [name for name in sorted(listed or dir(module)) if _is_public(module, name)]


def _is_public(module: Any, name: str) -> bool:
    found = getattr(module, name, None)
    return (
        not name.startswith("_")
        and callable(found)
        and not inspect.isclass(found)
        and bool(found.__doc__)
        and getattr(found, "__module__", "") != "typing"
    )
