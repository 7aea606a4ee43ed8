"""Entries that reduce or accumulate along axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from judges.operators.names import cr, lifted, only, unless

Entry = str | Callable[..., Any]


def _axis(dim: Any, x: Any) -> Any:
    """Return axes as chainrule takes them: torch reduces all for an empty list."""
    if dim is None or dim == () or dim == [] or x.ndim == 0:
        return None
    return tuple(dim) if isinstance(dim, list) else dim


def _reduced(name: str) -> Entry:
    def entry(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        x = x if dtype is None else cr.astype(x, dtype)
        return getattr(cr, name)(x, axis=_axis(dim, x), keepdims=keepdim)

    return entry


def _correction(unbiased: bool | None, correction: Any) -> Any:
    if correction is not None:
        return correction
    return 0 if unbiased is False else 1


def _spread(name: str) -> Entry:
    def entry(
        x: Any,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: bool = False,
        correction: Any = None,
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        which = _correction(unbiased, correction)
        return getattr(cr, name)(x, axis=_axis(dim, x), correction=which, keepdims=keepdim)

    return entry


def _with_mean(name: str) -> Entry:
    def entry(x: Any, dim: Any = None, *given: Any, keepdim: bool = False, **options: Any) -> Any:
        spread: Any = _spread(name)
        whole = None if isinstance(dim, bool) else _axis(dim, x)
        mean = cr.mean(x, axis=whole, keepdims=keepdim)
        return spread(x, dim, *given, keepdim=keepdim, **options), mean

    return entry


def _extreme(name: str) -> Entry:
    def entry(x: Any, dim: int, keepdim: bool = False) -> Any:
        dim = _axis(dim, x)
        value = getattr(cr, name)(x, axis=dim, keepdims=keepdim)
        place = getattr(cr, f"arg{name}")(x, axis=dim, keepdims=keepdim)
        return value, place

    return entry


def _both_extremes(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return tuple(
        getattr(cr, name)(x, axis=_axis(dim, x), keepdims=keepdim) for name in ("min", "max")
    )


def _accumulated(name: str) -> Entry:
    def entry(x: Any, dim: int, dtype: Any = None) -> Any:
        return getattr(cr, name)(x if dtype is None else cr.astype(x, dtype), axis=dim)

    return lifted(entry)


def _softened(name: str, sign: int = 1) -> Entry:
    def entry(x: Any, dim: int, dtype: Any = None, **options: Any) -> Any:
        x = x if dtype is None else cr.astype(x, dtype)
        return getattr(cr, name)(x if sign == 1 else -x, axis=dim)

    return lifted(entry)


def _vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    x = x if dtype is None else cr.astype(x, dtype)
    return cr.norm(x, ord, axis=_axis(dim, x), keepdims=keepdim)


def _norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    unless(p != "nuc", "the nuclear norm")
    return _vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype)


def _quantile(name: str) -> Entry:
    def entry(x: Any, q: Any, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
        how = options.get("interpolation", "linear")
        return getattr(cr, name)(x, q, axis=_axis(dim, x), keepdims=keepdim, method=how)

    return entry


def _log_sum(x: Any, dim: Any, keepdim: bool = False) -> Any:
    return cr.logsumexp(x, axis=_axis(dim, x), keepdims=keepdim) if x.ndim else x


def _normalised(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    return x / cr.maximum(cr.norm(x, p, axis=dim, keepdims=True), eps)


def _cosine(x: Any, y: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    shape = np.broadcast_shapes(x.shape, y.shape)
    x, y = cr.broadcast_to(x, shape), cr.broadcast_to(y, shape)
    lengths = [cr.maximum(cr.norm(each, 2, axis=dim, keepdims=True), eps) for each in (x, y)]
    return cr.sum(x / lengths[0] * (y / lengths[1]), axis=dim)


def _cosine_of_scalars(x: Any, y: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    return _cosine(x, y, dim, eps) if x.ndim else _cosine(x.reshape(1), y.reshape(1), dim, eps)


def _distance(x: Any, y: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    return cr.norm(x - y + eps, p, axis=-1, keepdims=keepdim)


def _nan_as_zero(name: str) -> Entry:
    def entry(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        x = x if dtype is None else cr.astype(x, dtype)
        return getattr(cr, name)(x, axis=_axis(dim, x), keepdims=keepdim)

    return entry


ENTRIES: dict[str, Entry] = {
    "amax": _reduced("max"),
    "amin": _reduced("min"),
    "aminmax": _both_extremes,
    "cov": lambda x, correction=1, **o: _covariance(x, correction, o),
    "corrcoef": "corrcoef",
    "cummax": lifted(lambda x, dim: cr.cummax(x, axis=dim)),
    "cummin": lifted(lambda x, dim: cr.cummin(x, axis=dim)),
    "cumprod": _accumulated("cumulative_prod"),
    "cumsum": _accumulated("cumulative_sum"),
    "dist": lambda x, y, p=2: cr.norm(x - y, p),
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False, dtype=None: _matrix_or_vector_norm(
        x, ord, dim, keepdim, dtype
    ),
    "linalg.vector_norm": _vector_norm,
    "log_softmax": _softened("log_softmax"),
    "log_softmax.with_dtype": _softened("log_softmax"),
    "logcumsumexp": lifted(lambda x, dim: cr.logcumsumexp(x, axis=dim)),
    "logsumexp": _log_sum,
    "max.reduction_no_dim": lambda x: cr.max(x),
    "max.reduction_with_dim": _extreme("max"),
    "mean": _reduced("mean"),
    "median": lambda x, dim=None, keepdim=False: _median(x, dim, keepdim),
    "min.reduction_no_dim": lambda x: cr.min(x),
    "min.reduction_with_dim": _extreme("min"),
    "nanmean": _nan_as_zero("nanmean"),
    "nanquantile": _quantile("nanquantile"),
    "nansum": _nan_as_zero("nansum"),
    "nn.functional.cosine_similarity": _cosine_of_scalars,
    "nn.functional.normalize": lifted(_normalised),
    "nn.functional.pairwise_distance": _distance,
    "nn.functional.softmin": _softened("softmax", -1),
    "nn.functional.softmin.with_dtype": _softened("softmax", -1),
    "norm": _norm,
    "norm.fro": _norm,
    "norm.inf": _norm,
    "prod": _reduced("prod"),
    "quantile": _quantile("quantile"),
    "renorm": lambda x, p, dim, maxnorm: _renormed(x, p, dim, maxnorm),
    "softmax": _softened("softmax"),
    "softmax.with_dtype": _softened("softmax"),
    "std": _spread("std"),
    "std.unbiased": _spread("std"),
    "std_mean": _with_mean("std"),
    "std_mean.unbiased": _with_mean("std"),
    "sum": _reduced("sum"),
    "torch.ops.aten._safe_softmax.default": lambda x, dim, **o: _safe_softmax(x, dim),
    "var": _spread("var"),
    "var.unbiased": _spread("var"),
    "var_mean": _with_mean("var"),
    "var_mean.unbiased": _with_mean("var"),
}


def _median(x: Any, dim: Any, keepdim: bool) -> Any:
    unless(dim is None and x.size % 2 == 1, "the lower of two medians, and its position")
    return cr.median(x)


def _covariance(x: Any, correction: Any, options: dict[str, Any]) -> Any:
    only(options)
    return cr.cov(x, correction=correction)


def _matrix_or_vector_norm(x: Any, ord: Any, dim: Any, keepdim: bool, dtype: Any) -> Any:
    if isinstance(dim, list | tuple):
        vector = len(dim) == 1 or ord is None
    else:
        vector = dim is not None or x.ndim == 1 or ord is None
    unless(vector or ord == "fro", "norms of matrices")
    return _vector_norm(x, 2 if ord in (None, "fro") else ord, dim, keepdim, dtype)


def _renormed(x: Any, p: float, dim: int, most: float) -> Any:
    others = tuple(i for i in range(x.ndim) if i != dim % x.ndim)
    length = cr.norm(x, p, axis=others, keepdims=True)
    return cr.where(length > most, x * (most / (length + 1e-7)), x)


def _safe_softmax(x: Any, dim: int) -> Any:
    """Return the softmax, with zeros where all scores are -inf."""
    empty = cr.max(x, axis=dim, keepdims=True) == -math.inf
    return cr.where(empty, 0.0, cr.softmax(cr.where(empty, 0.0, x), axis=dim))


def _mask(x: Any, mask: Any, otherwise: float) -> Any:
    return x if mask is None else cr.where(mask, x, otherwise)


def _masked(name: str, otherwise: float) -> Entry:
    def entry(
        x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None, mask: Any = None
    ) -> Any:
        x = x if dtype is None else cr.astype(x, dtype)
        return getattr(cr, name)(_mask(x, mask, otherwise), axis=_axis(dim, x), keepdims=keepdim)

    return entry


def _masked_variance(
    x: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
    correction: Any = None,
) -> Any:
    x = x if dtype is None else cr.astype(x, dtype)
    axes = _axis(dim, x)
    ones = _mask(x * 0 + 1, mask, 0)
    count = cr.sum(ones, axis=axes, keepdims=True)
    mean = cr.sum(_mask(x, mask, 0), axis=axes, keepdims=True) / count
    squares = _mask((x - mean) ** 2, mask, 0)
    fewer = cr.sum(ones, axis=axes, keepdims=keepdim) - _correction(unbiased, correction)
    return cr.sum(squares, axis=axes, keepdims=keepdim) / cr.maximum(fewer, 0)


def _masked_soft(name: str) -> Any:
    def entry(x: Any, dim: int, mask: Any = None, dtype: Any = None) -> Any:
        x = x if dtype is None else cr.astype(x, dtype)
        return lifted(getattr(cr, name))(_mask(x, mask, -math.inf), axis=dim)

    return entry


def _running(name: str, x: Any, dim: int, mask: Any, otherwise: float) -> Any:
    return lifted(getattr(cr, name))(_mask(x, mask, otherwise), axis=dim)


def _masked_mean(
    x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    x = x if dtype is None else cr.astype(x, dtype)
    ones = x * 0 + 1
    total, count = (
        cr.sum(_mask(each, mask, 0), axis=_axis(dim, x), keepdims=keepdim) for each in (x, ones)
    )
    return total / count


ENTRIES |= {
    "masked.amax": _masked("max", -math.inf),
    "masked.amin": _masked("min", math.inf),
    "masked.logsumexp": _masked("logsumexp", -math.inf),
    "masked.mean": _masked_mean,
    "masked.prod": _masked("prod", 1.0),
    "masked.sum": _masked("sum", 0.0),
    "masked.cumsum": lambda x, dim, mask=None, dtype=None: _running(
        "cumulative_sum", x, dim, mask, 0
    ),
    "masked.cumprod": lambda x, dim, mask=None, dtype=None: _running(
        "cumulative_prod", x, dim, mask, 1
    ),
    "masked.norm": lambda x, ord, dim=None, keepdim=False, dtype=None, mask=None: _vector_norm(
        _mask(x, mask, math.inf if ord == -math.inf else 0.0), ord, dim, keepdim, dtype
    ),
    "masked.std": lambda *a, **o: cr.sqrt(_masked_variance(*a, **o)),
    "masked.var": lambda *a, **o: _masked_variance(*a, **o),
    "masked.logaddexp": lambda x, y, input_mask=None, other_mask=None, **o: cr.logaddexp(
        _mask(x, input_mask, -math.inf), _mask(y, other_mask, -math.inf)
    ),
    "masked.softmax": _masked_soft("softmax"),
    "masked.log_softmax": _masked_soft("log_softmax"),
    "masked.softmin": lambda x, dim, mask=None, **o: _masked_soft("softmax")(-x, dim, mask, **o),
    "masked.normalize": lambda x, ord, dim, eps=1e-12, mask=None, **o: lifted(_normalised)(
        _mask(x, mask, 0.0), ord, dim, eps
    ),
    "linalg.matrix_norm": lambda x, ord="fro", dim=(-2, -1), keepdim=False, dtype=None: (
        _matrix_or_vector_norm(x, ord, dim, keepdim, dtype)
    ),
}
