"""Entries that change shapes, order and places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from judges.operators.names import cr, unless

Entry = str | Callable[..., Any]


def _shape(given: tuple[Any, ...]) -> tuple[int, ...]:
    whole = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    return tuple(whole)


def _expanded(x: Any, *given: Any, **options: Any) -> Any:
    shape = _shape(given)
    known = (1,) * (len(shape) - x.ndim) + x.shape
    wanted = tuple(k if s == -1 else s for k, s in zip(known, shape, strict=True))
    return cr.broadcast_to(x, wanted)


def _squeezed(x: Any, *dims: Any) -> Any:
    if not dims:
        return cr.squeeze(x, tuple(i for i, n in enumerate(x.shape) if n == 1))
    axes = _shape(dims)
    if x.ndim == 0:
        return cr.identity(x)
    return cr.squeeze(x, tuple(a for a in axes if x.shape[a] == 1))


def _transposed(x: Any, first: int, second: int) -> Any:
    if x.ndim == 0:
        return cr.identity(x)
    order = list(range(x.ndim))
    order[first], order[second] = order[second], order[first]
    return cr.permute_dims(x, order)


def _matrix(x: Any) -> Any:
    return cr.permute_dims(x, tuple(range(x.ndim))[::-1])


def _last_two(x: Any) -> Any:
    return _transposed(x, -2, -1)


def _rolled(x: Any, shifts: Any, dims: Any = None) -> Any:
    axes = None if dims is None or dims == () else dims
    return cr.roll(x, shifts, axis=axes)


def _flattened(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    if x.ndim == 0:
        return x.reshape(1)
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape(*x.shape[:start], -1 if x.size else 0, *x.shape[end + 1 :])


def _unflattened(x: Any, dim: int, sizes: Any) -> Any:
    at = dim % x.ndim
    return x.reshape(*x.shape[:at], *sizes, *x.shape[at + 1 :])


def _parts(x: Any, sizes: Any, axis: int) -> list[Any]:
    parts, start = [], 0
    for size in sizes:
        parts.append(_slice(x, axis, start, start + size))
        start += size
    return parts


def _slice(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (slice(start, end, step),)]


def _split(x: Any, size: Any, dim: int = 0) -> list[Any]:
    if isinstance(size, list | tuple):
        return _parts(x, size, dim)
    extent = x.shape[dim]
    return _parts(x, [min(size, extent - at) for at in range(0, extent, size)], dim)


def _chunk(x: Any, chunks: int, dim: int = 0) -> list[Any]:
    return _split(x, -(-x.shape[dim] // chunks), dim)


def _tensor_split(x: Any, where: Any, dim: int = 0) -> list[Any]:
    where = np.asarray(where).tolist()
    if isinstance(where, int):
        return list(cr.array_split(x, where, axis=dim))
    return [_slice(x, dim, a, b) for a, b in zip([0, *where], [*where, None], strict=True)]


def _atleast(least: int) -> Entry:
    def one(x: Any) -> Any:
        return getattr(cr, f"atleast_{least}d")(x)

    return lambda *xs: (
        [one(x) for x in xs[0]]
        if isinstance(xs[0], list | tuple)
        else (one(xs[0]) if len(xs) == 1 else [one(x) for x in xs])
    )


def _padded(x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    unless(mode == "constant", f"padding by {mode}")
    pairs = [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)]
    widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    unless(all(each >= 0 for pair in widths for each in pair), "negative padding")
    if not value:
        return cr.pad(x, widths)
    inside = cr.pad(x * 0 + 1, widths)
    return cr.pad(x, widths) + (1 - inside) * value


def _reflected(mode: str) -> Entry:
    def entry(x: Any, pad: Any, *given: Any, **options: Any) -> Any:
        for number, place in enumerate(range(0, len(pad), 2)):
            widths, axis = tuple(pad[place : place + 2]), x.ndim - 1 - number
            x = cr.take(x, _places(x.shape[axis], widths, mode), axis=axis)
        return x

    return entry


def _places(extent: int, widths: tuple[int, int], mode: str) -> Any:
    """Return the positions that padding shows; negative widths cut."""
    if mode == "edge":
        return np.clip(np.arange(-widths[0], extent + widths[1]), 0, extent - 1)
    more = tuple(max(each, 0) for each in widths)
    less = tuple(max(-each, 0) for each in widths)
    kept = np.arange(extent)[less[0] : extent - less[1]]
    return np.pad(kept, more, mode=mode)  # type: ignore[call-overload]


def _diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    return cr.diagonal(x, offset, dim1, dim2)


def _repeated(x: Any, *times: Any) -> Any:
    counts = _shape(times)
    return cr.tile(x, counts)


def _interleaved(x: Any, repeats: Any, dim: Any = None, **options: Any) -> Any:
    unless(not options.get("output_size"), "the option output_size")
    return cr.repeat(x, repeats, axis=dim)


def _selected(x: Any, dim: int, index: Any) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


def _put_in(x: Any, part: Any, axis: int, where: Any) -> Any:
    return cr.put(x, (slice(None),) * (axis % x.ndim) + (where,), part)


def _slice_scatter(
    x: Any, part: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    return _put_in(x, part, dim, slice(start, end, step))


def _pixels(x: Any, upscale_factor: int) -> Any:
    factor = upscale_factor
    *batch, channels, height, width = x.shape
    parts = x.reshape(*batch, channels // factor**2, factor, factor, height, width)
    n = len(batch)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    moved = cr.permute_dims(parts, order)
    return moved.reshape(*batch, channels // factor**2, height * factor, width * factor)


def _unpixels(x: Any, downscale_factor: int) -> Any:
    factor = downscale_factor
    *batch, channels, height, width = x.shape
    parts = x.reshape(*batch, channels, height // factor, factor, width // factor, factor)
    n = len(batch)
    moved = cr.permute_dims(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return moved.reshape(*batch, channels * factor**2, height // factor, width // factor)


def _shuffled(x: Any, groups: int) -> Any:
    count, channels, *others = x.shape
    parts = x.reshape(count, groups, channels // groups, *others)
    moved = cr.permute_dims(parts, (0, 2, 1, *range(3, parts.ndim)))
    return moved.reshape(*x.shape)


def _joined(name: str) -> Entry:
    return lambda *xs: getattr(cr, name)(xs[0] if isinstance(xs[0], list | tuple) else list(xs))


def _spread_over(*xs: Any, indexing: str = "ij") -> Any:
    arrays = xs[0] if isinstance(xs[0], list | tuple) else xs
    return list(cr.meshgrid(*[x.reshape(-1) for x in arrays], indexing=indexing))


def _summed_to(x: Any, *given: Any) -> Any:
    shape = _shape(given)
    added = x.ndim - len(shape)
    pairs = enumerate(zip(x.shape[added:], shape, strict=True), start=added)
    axes = (*range(added), *(i for i, (n, m) in pairs if m == 1 and n != 1))
    return cr.sum(x, axis=axes).reshape(*shape) if axes else x


def _unbound(x: Any, dim: int = 0) -> list[Any]:
    return [_selected(x, dim, i) for i in range(x.shape[dim])]


def _moved(x: Any, source: Any, destination: Any) -> Any:
    return cr.moveaxis(x, source, destination)


def _unfolded(x: Any, dim: int, size: int, step: int) -> Any:
    return cr.unfold(x, dim, size, step) if x.ndim else cr.unfold(x.reshape(1), 0, size, step)[0]


def _concatenated(xs: Any, dim: int = 0, **options: Any) -> Any:
    """Join tensors: torch ignores empty vectors among tensors with more axes."""
    most = max(x.ndim for x in xs)
    return cr.concat([x for x in xs if x.ndim == most], axis=options.get("axis", dim))


def _strided(x: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    steps = zip(np.indices(tuple(size)), stride, strict=True)
    places = (storage_offset or 0) + sum((i * s for i, s in steps), np.zeros(tuple(size), int))
    return cr.take(x.reshape(-1), places)


ENTRIES: dict[str, Entry] = {
    "T": _matrix,
    "H": _matrix,
    "mH": _last_two,
    "mT": _last_two,
    "as_strided": _strided,
    "as_strided_copy": _strided,
    "atleast_1d": _atleast(1),
    "atleast_2d": _atleast(2),
    "atleast_3d": _atleast(3),
    "block_diag": lambda *xs: cr.block_diag(*xs),
    "broadcast_tensors": lambda *xs: list(cr.broadcast_arrays(*xs)),
    "broadcast_to": lambda x, shape: cr.broadcast_to(x, shape),
    "cartesian_prod": lambda *xs: cr.cartesian_prod(*xs),
    "cat": _concatenated,
    "chunk": _chunk,
    "column_stack": _joined("column_stack"),
    "constant_pad_nd": lambda x, pad, value=0: _padded(x, pad, "constant", value),
    "diag": lambda x, diagonal=0: cr.diag(x, diagonal),
    "diag_embed": lambda x, offset=0, dim1=-2, dim2=-1: cr.diag_embed(x, offset, dim1, dim2),
    "diagflat": lambda x, offset=0: cr.diagflat(x, offset),
    "diagonal": _diagonal,
    "diagonal_copy": _diagonal,
    "diff": lambda x, n=1, dim=-1, prepend=None, append=None: cr.diff(
        x, axis=dim, n=n, prepend=prepend, append=append
    ),
    "dsplit": lambda x, where: cr.dsplit(x, where),
    "dstack": _joined("dstack"),
    "expand": _expanded,
    "expand_as": lambda x, like: cr.broadcast_to(x, like.shape),
    "expand_copy": _expanded,
    "flatten": _flattened,
    "flip": lambda x, dims: cr.flip(x, axis=tuple(dims)),
    "fliplr": lambda x: cr.flip(x, axis=1),
    "flipud": lambda x: cr.flip(x, axis=0),
    "gradient": lambda x, spacing=1, dim=None, edge_order=1: _gradient(x, spacing, dim, edge_order),
    "hsplit": lambda x, where: cr.hsplit(x, where),
    "hstack": _joined("hstack"),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: _diagonal(x, offset, dim1, dim2),
    "meshgrid.list_of_tensors": _spread_over,
    "meshgrid.variadic_tensors": _spread_over,
    "movedim": _moved,
    "narrow": lambda x, dim, start, length: _narrow(x, dim, start, length),
    "narrow_copy": lambda x, dim, start, length: _narrow(x, dim, start, length),
    "nn.functional.channel_shuffle": _shuffled,
    "nn.functional.pad.circular": _reflected("wrap"),
    "nn.functional.pad.constant": _padded,
    "nn.functional.pad.reflect": _reflected("reflect"),
    "nn.functional.pad.replicate": _reflected("edge"),
    "nn.functional.pad.replicate_negative": _reflected("edge"),
    "nn.functional.pixel_shuffle": _pixels,
    "nn.functional.pixel_unshuffle": _unpixels,
    "permute": lambda x, *dims: cr.permute_dims(x, _shape(dims)),
    "permute_copy": lambda x, *dims: cr.permute_dims(x, _shape(dims)),
    "ravel": lambda x: x.reshape(-1),
    "repeat": _repeated,
    "repeat_interleave": _interleaved,
    "reshape": lambda x, *shape: cr.reshape(x, _shape(shape)),
    "reshape_as": lambda x, like: cr.reshape(x, like.shape),
    "roll": _rolled,
    "rot90": lambda x, k=1, dims=(0, 1): cr.rot90(x, k, tuple(dims)),
    "select": _selected,
    "select_scatter": lambda x, part, dim, index: _put_in(x, part, dim, index),
    "slice": _slice,
    "slice_scatter": _slice_scatter,
    "split": _split,
    "split.list_args": _split,
    "split_with_sizes": lambda x, sizes, dim=0: _parts(x, sizes, dim),
    "split_with_sizes_copy": lambda x, sizes, dim=0: _parts(x, sizes, dim),
    "squeeze": _squeezed,
    "squeeze.multiple": _squeezed,
    "squeeze_copy": _squeezed,
    "stack": lambda xs, dim=0: cr.stack(xs, axis=dim),
    "sum_to_size": _summed_to,
    "t": _matrix,
    "t_copy": _matrix,
    "tensor_split": _tensor_split,
    "tile": lambda x, *times: cr.tile(x, _shape(times)),
    "transpose": _transposed,
    "transpose_copy": _transposed,
    "tril": lambda x, diagonal=0: cr.tril(x, k=diagonal),
    "triu": lambda x, diagonal=0: cr.triu(x, k=diagonal),
    "unbind": _unbound,
    "unbind_copy": _unbound,
    "unflatten": _unflattened,
    "unfold": _unfolded,
    "unfold_copy": _unfolded,
    "unsafe_chunk": _chunk,
    "unsafe_split": _split,
    "unsqueeze": lambda x, dim: cr.expand_dims(x, dim),
    "unsqueeze_copy": lambda x, dim: cr.expand_dims(x, dim),
    "view": lambda x, *shape: cr.reshape(x, _shape(shape)),
    "view_as": lambda x, like: cr.reshape(x, like.shape),
    "view_copy": lambda x, *shape: cr.reshape(x, _shape(shape)),
    "vsplit": lambda x, where: cr.vsplit(x, where),
    "vstack": _joined("vstack"),
    "fft.fftshift": lambda x, dim=None: _centred(x, dim, 1),
    "fft.ifftshift": lambda x, dim=None: _centred(x, dim, -1),
}


def _centred(x: Any, dim: Any, sign: int) -> Any:
    axes = range(x.ndim) if dim is None else dim if isinstance(dim, list | tuple) else [dim]
    return cr.roll(x, [sign * (x.shape[each] // 2) for each in axes], list(axes))


def _narrow(x: Any, axis: int, start: Any, length: int) -> Any:
    first = int(start)
    first = first + x.shape[axis] if first < 0 else first
    return _slice(x, axis, first, first + length)


def _gradient(x: Any, spacing: Any, dim: Any, edge_order: int) -> Any:
    spacing = 1 if spacing is None else spacing
    axes = tuple(range(x.ndim)) if dim is None else dim
    axes = axes if isinstance(axes, list | tuple) else (axes,)
    given = spacing if isinstance(spacing, list | tuple) else (spacing,) * len(axes)
    found = cr.gradient(x, *given, axis=tuple(axes), edge_order=edge_order)
    return list(found) if isinstance(found, list | tuple) else [found]
