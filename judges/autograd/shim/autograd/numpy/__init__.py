"""NumPy: its functions on tensors build gates, by NumPy's own protocol."""

from __future__ import annotations

from typing import Any

import numpy as _np
from numpy import *  # noqa: F403

import chainrule as _cr
from autograd.containers import is_tensor, leaves
from autograd.numpy import fft as fft
from autograd.numpy import linalg as linalg
from autograd.numpy import random as random


def array(value: Any, *given: Any, **options: Any) -> Any:
    """Return nested lists with tensors as one tensor; NumPy has no protocol for that."""
    if is_tensor(value):
        return value
    if isinstance(value, list | tuple) and any(map(is_tensor, leaves(value))):
        return _cr.stack([_cr.asarray(array(each)) for each in value])
    return _np.array(value, *given, **options)


def make_diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return matrices with `x` on their diagonals, a function of autograd's own."""
    return _cr.diag_embed(x, offset, axis1, axis2)


def __getattr__(name: str) -> Any:
    return getattr(_np, name)
