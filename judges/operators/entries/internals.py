"""Entries under the inner names of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from judges.operators.names import cr, unless

Entry = str | Callable[..., Any]


def _softmax_backward(upstream: Any, output: Any, dim: int, *dtype: Any, **options: Any) -> Any:
    weighted = upstream * output
    return weighted - output * cr.sum(weighted, axis=dim if output.ndim else None, keepdims=True)


def _moments(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """Return the normalised values, the mean and the reciprocal deviation."""
    mean, variance = (part(x, axis=axes, keepdims=True) for part in (cr.mean, cr.var))
    scale = 1 / cr.sqrt(variance + eps)
    return (x - mean) * scale, mean, scale


def _group_norm(
    x: Any, weight: Any, bias: Any, count: int, channels: int, extent: int, groups: int, eps: float
) -> Any:
    parts, mean, scale = _moments(x.reshape(count, groups, channels // groups * extent), (2,), eps)
    normal, each = parts.reshape(*x.shape), (-1, *[1] * (x.ndim - 2))
    normal = normal if weight is None else normal * weight.reshape(*each)
    normal = normal if bias is None else normal + bias.reshape(*each)
    return normal, mean.reshape(count, groups), scale.reshape(count, groups)


def _batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    mean: Any = None,
    variance: Any = None,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    unless(training, "statistics that torch returns empty")
    normal, found, scale = _moments(x, (0, *range(2, x.ndim)), eps)
    each = (-1, *[1] * (x.ndim - 2))
    normal = normal if weight is None else normal * weight.reshape(*each)
    normal = normal if bias is None else normal + bias.reshape(*each)
    return normal, found.reshape(-1), scale.reshape(-1)


ENTRIES: dict[str, Entry] = {
    "_native_batch_norm_legit": lambda x, *a, **o: _batch_norm(x, *a, **o),
    "_softmax_backward_data": _softmax_backward,
    "native_batch_norm": _batch_norm,
    "native_group_norm": _group_norm,
}
