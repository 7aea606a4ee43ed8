"""Addresses of arrays."""

from __future__ import annotations

import sys
from ctypes import c_size_t

import numpy as np

from chainrule.graph import Array

# NumPy's array object is the header of all Python objects, then `char *data` (PyArrayObject_fields
# in ndarraytypes.h of its C API).
_DATA = object.__basicsize__
_number_at = c_size_t.from_address


def _by_field(array: Array) -> int:
    """Return the address by NumPy's C API, which takes a sixth of the time of the other way."""
    return _number_at(id(array) + _DATA).value


def _by_interface(array: Array) -> int:
    """Return the address by the interface of arrays, which makes a dict."""
    return int(array.__array_interface__["data"][0])


def _is_known_layout() -> bool:
    """Return whether arrays of this Python and NumPy are laid out as the C API declares."""
    whole = np.zeros(9)
    probes = (whole, whole[5:], whole[::-1])
    return sys.implementation.name == "cpython" and all(
        _by_field(each) == _by_interface(each) for each in probes
    )


# The address at which an array's memory starts.
address_of = _by_field if _is_known_layout() else _by_interface
