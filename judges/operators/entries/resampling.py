"""Entries that pool to a size, interpolate, and unfold windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from judges.operators.names import cr, unless

Entry = str | Callable[..., Any]


def _several(value: Any, count: int) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return values * count if len(values) == 1 else values


def _adaptive(name: str, axes: int) -> Entry:
    def entry(x: Any, size: Any, return_indices: bool = False) -> Any:
        unless(not return_indices, "positions of maxima of pooling")
        for number, wanted in enumerate(_several(size, axes)):
            axis = x.ndim - axes + number
            x = x if wanted is None else _pooled(name, x, axis, wanted)
        return x

    return entry


def _pooled(name: str, x: Any, axis: int, count: int) -> Any:
    extent, before = x.shape[axis], (slice(None),) * axis
    parts = [
        x[(*before, slice(i * extent // count, -(-(i + 1) * extent // count)))]
        for i in range(count)
    ]
    return cr.stack([getattr(cr, name)(each, axis=axis) for each in parts], axis=axis)


def _sizes(x: Any, size: Any, scale: Any) -> list[tuple[int, int, float]]:
    """Return axis, new extent and the step between samples, per axis."""
    axes = x.ndim - 2
    if size is not None:
        pairs = [(n, x.shape[2 + i] / max(n, 1)) for i, n in enumerate(_several(size, axes))]
    else:
        factors = _several(scale, axes)
        pairs = [(int(x.shape[2 + i] * f), 1 / f) for i, f in enumerate(factors)]
    return [(2 + i, n, step) for i, (n, step) in enumerate(pairs)]


def _nearest(x: Any, size: Any, scale: Any, shift: float) -> Any:
    for axis, count, step in _sizes(x, size, scale):
        places = np.floor((np.arange(count) + shift) * step).astype(int)
        x = cr.take(x, np.minimum(places, x.shape[axis] - 1), axis=axis)
    return x


def _linear(x: Any, size: Any, scale: Any, corners: bool) -> Any:
    for axis, count, step in _sizes(x, size, scale):
        last = x.shape[axis] - 1
        if corners:
            places = np.arange(count) * (last / (count - 1) if count > 1 else 0.0)
        else:
            places = np.maximum((np.arange(count) + 0.5) * step - 0.5, 0)
        low = np.minimum(np.floor(places).astype(int), last)
        weight = (places - low).reshape(-1, *[1] * (x.ndim - 1 - axis)).astype(str(x.dtype))
        above = cr.take(x, np.minimum(low + 1, last), axis=axis)
        x = cr.take(x, low, axis=axis) * (1 - weight) + above * weight
    return x


def _interpolated(x: Any, size: Any = None, scale_factor: Any = None, **o: Any) -> Any:
    mode = o.get("mode", "nearest")
    unless(not o.get("antialias"), "interpolation against aliases")
    unless(not o.get("recompute_scale_factor"), "the option recompute_scale_factor")
    if mode in ("nearest", "nearest-exact"):
        return _nearest(x, size, scale_factor, 0.0 if mode == "nearest" else 0.5)
    if mode == "area":
        wanted = [count for _, count, _ in _sizes(x, size, scale_factor)]
        entry: Any = _adaptive("mean", x.ndim - 2)
        return entry(x, wanted)
    unless(mode in ("linear", "bilinear", "trilinear"), f"interpolation by {mode}")
    return _linear(x, size, scale_factor, bool(o.get("align_corners")))


def _unfolded(
    x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    batched = x if x.ndim == 4 else cr.expand_dims(x, 0)
    size, apart, around, step = (
        _several(each, 2) for each in (kernel_size, dilation, padding, stride)
    )
    padded = cr.pad(batched, [(0, 0), (0, 0), *((n, n) for n in around)])
    found = cr.windows(padded, size, step, apart)
    count, channels = batched.shape[:2]
    moved = cr.permute_dims(found, (0, 1, 4, 5, 2, 3))
    places = moved.shape[4] * moved.shape[5]
    columns = moved.reshape(count, channels * size[0] * size[1], places)
    return columns if x.ndim == 4 else columns[0]


ENTRIES: dict[str, Entry] = {
    **{f"nn.functional.adaptive_avg_pool{n}d": _adaptive("mean", n) for n in (1, 2, 3)},
    **{f"nn.functional.adaptive_max_pool{n}d": _adaptive("max", n) for n in (1, 2, 3)},
    "nn.functional.interpolate.area": _interpolated,
    "nn.functional.interpolate.bilinear": _interpolated,
    "nn.functional.interpolate.linear": _interpolated,
    "nn.functional.interpolate.nearest": _interpolated,
    "nn.functional.interpolate.nearest-exact": _interpolated,
    "nn.functional.interpolate.trilinear": _interpolated,
    "nn.functional.unfold": _unfolded,
    "nn.functional.upsample_bilinear": lambda x, size=None, scale_factor=None: _linear(
        x, size, scale_factor, True
    ),
    "nn.functional.upsample_nearest": lambda x, size=None, scale_factor=None: _nearest(
        x, size, scale_factor, 0.0
    ),
}
