"""Stable sorted order of NumPy arrays, found by NumPy's vectorised sort of integers.

NumPy's stable argsort takes five to ten times as long as its sort of integers. Keys are packed with
their positions into one integer each, which is sorted, if both fit into 63 bits. Otherwise an
unstable argsort is followed by a sort of the positions inside runs of equal keys. Keys of at most
two bytes, and short arrays, are left to NumPy's stable argsort. If few elements are wanted, a
partition finds them first.
"""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

_SHORT = 1024
_FEW = 8
_BLOCK = 1 << 16  # elements that stay in the caches


def stable_order(x: Array, descending: bool) -> Array:
    """Return the positions, int64, that sort `x` along its last axis; equal elements keep order.

    NaN is larger than every number.
    """
    is_short = x.size <= _SHORT
    if is_short and not descending:
        return np.argsort(x, axis=-1, kind="stable")
    is_direct = is_short or x.dtype == np.float64
    keys = _keys(x, descending) if is_direct else _integer_keys(x, descending)
    if is_short or keys.dtype.itemsize <= 2:
        return np.argsort(keys, axis=-1, kind="stable")
    packed = None if keys.dtype.kind == "f" else _packed(keys)
    if packed is None:
        return _ordered_runs(keys)
    packed.sort(axis=-1)
    packed &= (1 << _position_bits(keys)) - 1
    return packed


def first_of_order(x: Array, count: int, descending: bool) -> Array:
    """Return the first `count` positions of `stable_order`."""
    extent = x.shape[-1]
    if x.size <= _SHORT or _FEW * count > extent or count == 0:
        return stable_order(x, descending)[..., :count]
    rows = x.reshape(-1, extent)
    step = max(1, _BLOCK // extent)
    blocks = (rows[i : i + step] for i in range(0, len(rows), step))
    found = [_first_of_rows(each, count, descending) for each in blocks]
    return np.concatenate(found).reshape(*x.shape[:-1], count)


def _first_of_rows(x: Array, count: int, descending: bool) -> Array:
    """Return the first positions in the order of each row; a partition finds the last element."""
    x = x.view(np.int8) if x.dtype.kind == "b" else x
    extent = x.shape[-1]
    at = extent - count if descending else count - 1
    parted = np.partition(x, at, axis=-1)
    bound = parted[:, at : at + 1]
    if x.dtype.kind == "f" and np.isnan(parted[:, at:] if descending else bound).any():
        return _first_of_rows(_ascending_keys(x), count, descending)
    chosen = x >= bound if descending else x <= bound
    if np.count_nonzero(chosen) > len(x) * count:
        crowded = chosen.sum(axis=-1) > count
        chosen[crowded] = _with_first_ties(x[crowded], bound[crowded], count, descending)
    ids = (np.flatnonzero(chosen) % extent).reshape(len(x), count)
    order = stable_order(np.take_along_axis(x, ids, -1), descending)
    return np.take_along_axis(ids, order, -1)


def _with_first_ties(x: Array, bound: Array, count: int, descending: bool) -> Array:
    """Return flags of `count` elements per row: those before the bound, then the first ties."""
    before, equal = x > bound if descending else x < bound, x == bound
    wanted = count - before.sum(axis=-1, keepdims=True)
    first: Array = before | (equal & (equal.cumsum(axis=-1) <= wanted))
    return first


def _keys(x: Array, descending: bool) -> Array:
    """Return numbers in the order of `x` that are not NaN."""
    if x.dtype.kind == "f" and not np.isnan(x).any():
        return -x if descending else x
    return _integer_keys(x, descending)


def _packed(keys: Array) -> Array | None:
    """Return (key - smallest key) · 2^b + position, None if that may exceed 63 bits."""
    bits, first, spread = _position_bits(keys), 0, 32
    if keys.dtype.itemsize == 8:
        first = int(keys.min())
        spread = (int(keys.max()) - first).bit_length()
    if spread + bits > 63:
        return None
    wide = keys.astype(np.int64)
    wide -= first
    wide <<= bits
    wide |= np.arange(keys.shape[-1])
    return wide


def _position_bits(keys: Array) -> int:
    """Return the bits that hold a position."""
    return int(keys.shape[-1]).bit_length()


def _integer_keys(x: Array, descending: bool) -> Array:
    """Return integers in the order of `x`; equal for elements that compare equal."""
    keys = _ascending_keys(x)
    return ~keys if descending else keys


def _ascending_keys(x: Array) -> Array:
    if x.dtype.kind == "b":
        return x.view(np.int8)
    if x.dtype == np.uint32:
        return x.astype(np.int64)
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
    bits = _position_bits(keys)
    packed = (runs << bits) | order
    packed.sort(axis=-1)
    return np.asarray(packed & ((1 << bits) - 1))
