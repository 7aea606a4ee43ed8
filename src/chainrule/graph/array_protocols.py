"""The protocols by which tensors meet other array libraries: the Array API standard and DLPack."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Generic, Self

import numpy as np

from chainrule.graph.device import CPU, require_cpu
from chainrule.graph.dtypes import Array
from chainrule.graph.errors import ChainruleError
from chainrule.graph.operators import Result

ARRAY_API_VERSION = "2024.12"
_ARRAY_API_VERSIONS = ("2021.12", "2022.12", "2023.12", ARRAY_API_VERSION)
_ALIGNMENT = 64  # bytes; memory of this alignment is shared by libraries that need it for vectors
_HAS_FLAGS = np.lib.NumpyVersion(np.__version__) >= "2.1.0"  # of read-only memory, in DLPack


class ArrayProtocols(Generic[Result]):
    """Namespace, device and DLPack of a tensor; a subclass has a value."""

    __slots__ = ()

    @property
    def label(self) -> str:
        """A short name for messages."""
        raise NotImplementedError

    def read(self) -> Array:
        """Return the value."""
        raise NotImplementedError

    def note_view(self) -> None:
        """Record that a view of the value was given out."""
        raise NotImplementedError

    def _leave(self, way: str) -> None:
        """Record that the value is read, and how."""
        raise NotImplementedError

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        """Return the module `chainrule`, whose functions follow the Array API standard.

        Raises ChainruleError for a version of the standard that it does not follow.
        """
        if api_version not in (None, *_ARRAY_API_VERSIONS):
            raise ChainruleError(
                f"Version {api_version} of the Array API standard was requested, but chainrule "
                f"follows {', '.join(_ARRAY_API_VERSIONS)}. Ask for one of these, or for none."
            )
        return sys.modules["chainrule"]

    @property
    def device(self) -> str:
        """The device, always "cpu"."""
        return CPU

    def to_device(self, device: Any, /, *, stream: None = None) -> Self:
        """Return the tensor itself; raises ChainruleError for another device than "cpu"."""
        require_cpu(device)
        return self

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the number of the device in DLPack: (1, 0), the CPU."""
        return 1, 0

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Return the value as a capsule of DLPack, for the `from_dlpack` of another library.

        max_version  the newest protocol that the caller reads. From (1, 0) on the memory is shared
                     and marked read-only; older protocols have no such mark, and get a copy
        copy         True for a copy, which may be written to; False for an error instead of one

        Raises BufferError for a copy that was ruled out, UnboundInputError without a value.
        """
        self._leave("DLPack")
        if _HAS_FLAGS and max_version is not None and max_version[0] >= 1:
            self.note_view()
            shared = self.read()
            return shared.__dlpack__(
                stream=stream, max_version=max_version, dl_device=dl_device, copy=copy
            )
        if copy is False:
            raise BufferError(
                f"The memory of {self.label} was requested without a copy, in a version of DLPack "
                "that cannot mark it read-only, though tensors never change. Allow a copy."
            )
        return _aligned_copy(self.read()).__dlpack__(stream=stream)


def _aligned_copy(array: Array) -> Array:
    """Return a copy that begins at a multiple of the alignment, so that it need not be repeated."""
    room = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    copy: Array = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
