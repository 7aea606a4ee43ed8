"""Entries that sort, look up and scatter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from judges.operators.names import cr, lifted, only, unless

Entry = str | Callable[..., Any]


def _along(x: Any, index: Any, axis: int) -> Any:
    """Return the parts of x that the index along an axis refers to: torch allows shorter ones."""
    unless(index.ndim == x.ndim, "an index that has other axes")
    at = axis % x.ndim
    cut = tuple(slice(None if i == at else n) for i, n in enumerate(index.shape))
    return x[cut]


def _gathered(x: Any, dim: int, index: Any, **options: Any) -> Any:
    if x.ndim == 0:
        return cr.take(x.reshape(1), index.reshape(-1)).reshape(*index.shape)
    return cr.take_along_axis(_along(x, index, dim), index, axis=dim)


def _scattered_sum(x: Any, dim: int, index: Any, source: Any) -> Any:
    unless(x.ndim, "a scalar with an axis")
    part = source[tuple(slice(n) for n in index.shape)]
    added = cr.add_along_axis(part, index, x.shape[dim], axis=dim)
    missing = [(0, n - m) for n, m in zip(x.shape, added.shape, strict=True)]
    return x + cr.pad(added, missing)


def _index(dim: int, index: Any, ndim: int) -> tuple[Any, ...]:
    return (slice(None),) * (dim % ndim) + (index,)


def _index_added(x: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    index = index.reshape(-1)
    rows = (source if alpha == 1 else source * alpha).reshape(*_with_extent(x, dim, index.size))
    return x + cr.add_rows(rows, index, x.shape[dim], axis=dim)


def _index_filled(x: Any, dim: int, index: Any, value: Any) -> Any:
    index = index.reshape(-1)
    if getattr(value, "ndim", 0):
        value = value.reshape(*_with_extent(x, dim, index.size))
    return cr.put(x, _index(dim, index, x.ndim), value)


def _with_extent(x: Any, dim: int, extent: int) -> tuple[int, ...]:
    return tuple(extent if i == dim % x.ndim else n for i, n in enumerate(x.shape))


def _sorted(x: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    options = {"axis": dim, "descending": descending, "stable": True}
    return cr.sort(x, **options), cr.argsort(x, **options)


def _topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    return tuple(cr.topk(x, k, axis=dim, largest=largest))


def _flat_take(x: Any, index: Any) -> Any:
    ids = cr.where(index < 0, index + x.size, index)
    return cr.take(x.reshape(-1), ids)


def _scattered(name: str) -> Entry:
    def entry(
        x: Any, dim: int, index: Any, source: Any, reduce: str = name, include_self: bool = True
    ) -> Any:
        unless(x.ndim, "a scalar with an axis")
        how = {"sum": "add", "amax": "max", "amin": "min"}.get(reduce, reduce)
        options = {"axis": dim, "reduce": how, "include_self": include_self}
        part, values = _along(x, index, dim), source[tuple(slice(n) for n in index.shape)]
        found = cr.scatter(part, index, values, **options)
        return found if part.shape == x.shape else cr.put(x, _corner(part), found)

    return entry


def _corner(part: Any) -> tuple[slice, ...]:
    return tuple(slice(n) for n in part.shape)


def _put_at(x: Any, index: Any, values: Any, accumulate: bool = False) -> Any:
    unless(not accumulate, "index_put with accumulate")
    return cr.put(x, tuple(index), values)


def _index_reduced(
    x: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool = True
) -> Any:
    how = {"amax": "max", "amin": "min"}.get(reduce, reduce)
    ids = index.reshape(*(-1 if i == dim % x.ndim else 1 for i in range(x.ndim)))
    return cr.scatter(x, ids, source, axis=dim, reduce=how, include_self=include_self)


def _scattered_or_filled(
    x: Any, dim: int, index: Any, source: Any = None, reduce: Any = None, value: Any = None
) -> Any:
    source = value if source is None else source
    if not getattr(source, "ndim", 0):
        source = cr.asarray(np.ones(index.shape, str(x.dtype))) * source
    entry: Any = _scattered("update")
    return entry(x, dim, index, source, {None: "update", "multiply": "prod"}.get(reduce, reduce))


def _put_flat(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    flat = [each.reshape(-1) for each in (x, index, source)]
    ids = cr.where(flat[1] < 0, flat[1] + x.size, flat[1])
    how = "add" if accumulate else "update"
    return cr.scatter(flat[0], ids, flat[2], axis=0, reduce=how).reshape(*x.shape)


ENTRIES: dict[str, Entry] = {
    "__getitem__": lambda x, *index: x[index[0] if len(index) == 1 else index],
    "gather": _gathered,
    "index_add": lifted(_index_added),
    "index_copy": lifted(_index_filled),
    "index_fill": lifted(_index_filled),
    "index_put": _put_at,
    **{f"index_reduce.{how}": lifted(_index_reduced) for how in ("amax", "amin", "mean", "prod")},
    "index_select": lifted(lambda x, dim, index: cr.take(x, index.reshape(-1), axis=dim)),
    "kthvalue": lifted(
        lambda x, k, dim=-1, keepdim=False: cr.kthvalue(x, k, axis=dim, keepdims=keepdim)
    ),
    "masked_fill": lambda x, mask, value: cr.where(mask, value, x),
    "masked_select": lambda x, mask: _masked_select(x, mask),
    "msort": lifted(lambda x: cr.sort(x, axis=0)),
    "nn.functional.embedding": lambda weight, ids, padding_idx=None, **o: _embedding(
        ids, weight, padding_idx, o
    ),
    "put": _put_flat,
    "scatter": _scattered_or_filled,
    "scatter_add": _scattered_sum,
    "scatter_reduce.amax": _scattered("max"),
    "scatter_reduce.amin": _scattered("min"),
    "scatter_reduce.mean": _scattered("mean"),
    "scatter_reduce.prod": _scattered("prod"),
    "scatter_reduce.sum": _scattered("add"),
    "sort": lifted(_sorted),
    "take": _flat_take,
    "take_along_dim": lambda x, index, dim=None: (
        cr.take(x.reshape(-1), index.reshape(-1))
        if dim is None
        else cr.take_along_axis(x, cr.where(index < 0, index + x.shape[dim], index), axis=dim)
    ),
    "topk": lifted(_topk),
}


def _masked_select(x: Any, mask: Any) -> Any:
    shape = np.broadcast_shapes(x.shape, mask.shape)
    flat = [cr.broadcast_to(each, shape).reshape(-1) for each in (x, mask)]
    return flat[0][flat[1]]


def _embedding(ids: Any, weight: Any, padding: Any, options: dict[str, Any]) -> Any:
    only(options)
    unless(padding is None, "an embedding whose padding row has no gradient")
    return cr.take(weight, ids)
