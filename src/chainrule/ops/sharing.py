"""Tensors from the arrays of other libraries by DLPack, without a copy where that is possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array, Constant, DTypeError, Tensor, as_dtype
from chainrule.graph.device import require_cpu
from chainrule.ops.elementary import identity


def from_dlpack(x: Any, device: Any = None, copy: bool | None = None) -> Tensor:
    """Return an array of NumPy, PyTorch, JAX or another library as a tensor.

    x       an array that has `__dlpack__`; a tensor is returned as it is
    device  "cpu", the only device
    copy    True for a copy; None to copy only where necessary; False never to copy

    The memory is shared, and kept as long as the tensor needs it. Do not write to `x` afterwards:
    that would change the tensor. Raises DTypeError for an unsupported dtype, and for memory that
    cannot be shared.
    """
    require_cpu(device)
    if isinstance(x, Tensor):
        return identity(x) if copy else x
    if not hasattr(x, "__dlpack__"):
        raise DTypeError(
            f"from_dlpack was given a {type(x).__name__}, which has no __dlpack__. Write "
            "cr.asarray(values)."
        )
    return Constant(_usable(_shared(x), copy))


def _shared(x: Any) -> Array:
    """Return an array on the memory of `x`."""
    try:
        array = np.from_dlpack(x)
    except (BufferError, RuntimeError, TypeError) as error:
        raise DTypeError(
            f"from_dlpack was given a {type(x).__name__} of {type(x).__module__}, whose memory "
            f"NumPy cannot share: {str(error).rstrip('.')}. Move it to the CPU, detach it from its "
            "gradient, and convert it to a dtype that NumPy has."
        ) from error
    as_dtype(array.dtype)
    return array


def _usable(array: Array, copy: bool | None) -> Array:
    """Return the array, or a copy if one is asked or necessary."""
    if array.flags.aligned and not copy:
        return array
    if copy is False:
        raise DTypeError(
            "from_dlpack was asked not to copy, but the elements are not aligned in memory, which "
            "native code needs. Leave copy=False out."
        )
    return array.copy()
