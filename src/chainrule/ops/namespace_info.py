"""What the namespace offers, as the Array API standard asks it."""

from __future__ import annotations

from typing import Any

from chainrule.graph import PROMOTION, DType, float64, int64
from chainrule.graph.device import CPU, require_cpu
from chainrule.ops.dtypes import isdtype


class NamespaceInfo:
    """Capabilities, devices and dtypes; returned by `cr.__array_namespace_info__()`."""

    def capabilities(self) -> dict[str, Any]:
        """Return what the standard leaves open.

        Masks as indices need a value; shapes that depend on values need one too. The number of
        axes is that of NumPy.
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """Return the device of new tensors, "cpu"."""
        return CPU

    def devices(self) -> list[str]:
        """Return all devices: "cpu"."""
        return [CPU]

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """Return the dtypes of Python's numbers and of positions; there is no complex one."""
        require_cpu(device)
        return {"real floating": float64, "integral": int64, "indexing": int64}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """Return the dtypes by name, of all kinds or of one, named as for `cr.isdtype`."""
        require_cpu(device)
        chosen = [each for each in PROMOTION if kind is None or isdtype(each, kind)]
        return {each.name: each for each in chosen}


def namespace_info() -> NamespaceInfo:
    """Return what the namespace offers: capabilities, devices and dtypes."""
    return NamespaceInfo()
