"""Stable sorted order of NumPy arrays, found by NumPy's vectorised sort of integers.

NumPy's stable argsort takes five to ten times as long as its sort of integers. Elements of at most
32 bits are packed with their positions into one integer each, which is sorted. For 64 bits an
unstable argsort is followed by a sort of the positions inside runs of equal elements.
"""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

_MASK = 0xFFFFFFFF


def stable_order(x: Array, descending: bool) -> Array:
    """Return the positions, int64, that sort `x` along its last axis; equal elements keep order.

    NaN is larger than every number.
    """
    if x.dtype == np.float64 and not np.isnan(x).any():
        return _ordered_runs(-x if descending else x)
    keys = _integer_keys(x)
    keys = ~keys if descending else keys
    if x.dtype.itemsize == 8:
        return _ordered_runs(keys)
    packed = (keys.astype(np.int64) << 32) | np.arange(x.shape[-1])
    packed.sort(axis=-1)
    return packed & _MASK


def _integer_keys(x: Array) -> Array:
    """Return integers in the order of `x`; equal for elements that compare equal."""
    if x.dtype.kind == "b":
        return x.astype(np.int32)
    if x.dtype.kind == "u":
        return x.astype(np.int64) - 2**31
    if x.dtype.kind != "f":
        return x
    integer = np.dtype(f"int{8 * x.dtype.itemsize}")
    largest = np.iinfo(integer).max
    bits = (x + x.dtype.type(0)).view(integer)
    bits ^= (bits >> (8 * x.dtype.itemsize - 1)) & largest
    bits[np.isnan(x)] = largest
    return np.asarray(bits)


def _ordered_runs(keys: Array) -> Array:
    """Return the order of keys, in which positions ascend inside every run of equal keys."""
    order = np.argsort(keys, axis=-1)
    arranged = np.take_along_axis(keys, order, -1)
    differs = arranged[..., 1:] != arranged[..., :-1]
    if differs.all():
        return order
    runs = np.zeros(keys.shape, np.int64)
    np.cumsum(differs, axis=-1, out=runs[..., 1:])
    bits = keys.shape[-1].bit_length()
    packed = (runs << bits) | order
    packed.sort(axis=-1)
    return np.asarray(packed & ((1 << bits) - 1))
