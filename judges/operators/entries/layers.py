"""Entries that are layers: convolution, pooling and normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from judges.operators.names import cr, only, unless

Entry = str | Callable[..., Any]


def _several(value: Any, count: int) -> tuple[int, ...]:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return values * count if len(values) == 1 else values


def _convolution(axes: int) -> Entry:
    def entry(x: Any, weight: Any, bias: Any = None, **o: Any) -> Any:
        only(o, "stride", "padding", "dilation", "groups")
        batched = x if x.ndim == axes + 2 else cr.expand_dims(x, 0)
        options = {key: _several(o.get(key, 1), axes) for key in ("stride", "dilation")}
        padding = o.get("padding", 0)
        padding = padding if isinstance(padding, str) else _several(padding, axes)
        found = cr.convolve(batched, weight, padding=padding, groups=o.get("groups", 1), **options)
        found = found if bias is None else found + bias.reshape(-1, *[1] * axes)
        return found if x.ndim == axes + 2 else found[0]

    return entry


def _average_pool(axes: int) -> Entry:
    def entry(
        x: Any, size: Any, stride: Any = None, padding: Any = 0, *given: Any, **o: Any
    ) -> Any:
        names = ("ceil_mode", "count_include_pad", "divisor_override")
        wanted = {**dict(zip(names, given, strict=False)), **o}
        stride, padding = wanted.pop("stride", stride), wanted.pop("padding", padding)
        unless(not wanted.get("ceil_mode"), "ceil_mode of pooling")
        unless(wanted.get("divisor_override") is None, "divisor_override of pooling")
        zeros = wanted.get("count_include_pad", True) or not any(_several(padding, axes))
        unless(zeros, "averages that do not count padding")
        return _pooled(cr.average_pool, axes, x, size, stride or size, padding)

    return entry


def _max_pool(axes: int) -> Entry:
    def entry(x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, **o: Any) -> Any:
        only(o, "ceil_mode", "return_indices", "dilation")
        unless(not o.get("ceil_mode"), "ceil_mode of pooling")
        unless(not o.get("return_indices"), "positions of maxima of pooling")
        unless(set(_several(o.get("dilation", 1), axes)) == {1}, "dilated pooling")
        return _pooled(cr.max_pool, axes, x, kernel_size, stride or kernel_size, padding)

    return entry


def _pooled(pool: Any, axes: int, x: Any, size: Any, stride: Any, padding: Any) -> Any:
    batched = x if x.ndim == axes + 2 else cr.expand_dims(x, 0)
    found = pool(
        batched, _several(size, axes), _several(stride, axes), padding=_several(padding, axes)
    )
    return found if x.ndim == axes + 2 else found[0]


def _layer_norm(x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    return cr.layer_norm(x, weight, bias, eps, axis=tuple(range(-len(shape), 0)))


def _group_norm(
    x: Any, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    count, _, *others = x.shape
    unless(x.size, "normalisation of nothing")
    parts = x.reshape(count, groups, -1)
    normal = cr.layer_norm(parts, epsilon=eps).reshape(*x.shape)
    each = (-1, *[1] * len(others))
    normal = normal if weight is None else normal * weight.reshape(*each)
    return normal if bias is None else normal + bias.reshape(*each)


def _instance_norm(x: Any, *given: Any, **o: Any) -> Any:
    names = ("running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps")
    wanted = {**dict(zip(names, given, strict=False)), **o}
    unless(wanted.get("use_input_stats", True), "instance norm with running statistics")
    weight, bias = wanted.get("weight"), wanted.get("bias")
    return _group_norm(x, x.shape[1], weight, bias, wanted.get("eps", 1e-5))


def _batch_norm(
    x: Any, mean: Any, variance: Any, weight: Any = None, bias: Any = None, **o: Any
) -> Any:
    only(o, "training", "momentum", "eps")
    unless(x.size, "normalisation of nothing")
    if o.get("training") or mean is None:
        axes = (0, *range(2, x.ndim))
        mean, variance = cr.mean(x, axis=axes), cr.var(x, axis=axes)
    each = (-1, *[1] * (x.ndim - 2))
    rows = [v if v is None else v.reshape(*each) for v in (mean, variance, weight, bias)]
    normal = (x - rows[0]) / cr.sqrt(rows[1] + o.get("eps", 1e-5))
    normal = normal if weight is None else normal * rows[2]
    return normal if bias is None else normal + rows[3]


def _rms_norm(x: Any, shape: Any, weight: Any = None, eps: Any = None) -> Any:
    axes = tuple(range(-len(shape), 0))
    least = {"float32": 1.1920929e-07, "float64": 2.220446049250313e-16}[str(x.dtype)]
    scale = cr.sqrt(cr.mean(x * x, axis=axes, keepdims=True) + (least if eps is None else eps))
    return x / scale if weight is None else x / scale * weight


def _native_layer_norm(x: Any, shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    axes = tuple(range(-len(shape), 0))
    mean, variance = (part(x, axis=axes, keepdims=True) for part in (cr.mean, cr.var))
    return _layer_norm(x, shape, weight, bias, eps), mean, 1 / cr.sqrt(variance + eps)


def _no_dropout(x: Any, p: float = 0.5, training: bool = True, **o: Any) -> Any:
    unless(not training or p == 0, "dropout, which draws other numbers")
    return cr.identity(x)


def _local_response(
    x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    return cr.local_response_norm(x, size, alpha, beta, k)


ENTRIES: dict[str, Entry] = {
    "native_layer_norm": _native_layer_norm,
    "nn.functional.avg_pool1d": _average_pool(1),
    "nn.functional.avg_pool2d": _average_pool(2),
    "nn.functional.avg_pool3d": _average_pool(3),
    "nn.functional.batch_norm": _batch_norm,
    "nn.functional.conv1d": _convolution(1),
    "nn.functional.conv2d": _convolution(2),
    "nn.functional.conv3d": _convolution(3),
    "nn.functional.dropout": _no_dropout,
    "nn.functional.dropout2d": _no_dropout,
    "nn.functional.dropout3d": _no_dropout,
    "nn.functional.feature_alpha_dropout.without_train": lambda x, *a, **o: cr.identity(x),
    "nn.functional.group_norm": _group_norm,
    "nn.functional.instance_norm": _instance_norm,
    "nn.functional.layer_norm": _layer_norm,
    "nn.functional.local_response_norm": _local_response,
    "nn.functional.max_pool1d": _max_pool(1),
    "nn.functional.max_pool2d": _max_pool(2),
    "nn.functional.max_pool3d": _max_pool(3),
    "nn.functional.rms_norm": _rms_norm,
}
