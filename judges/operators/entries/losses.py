"""Entries that are losses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from judges.operators.names import cr, only, unless

Entry = str | Callable[..., Any]


def _reduced(values: Any, reduction: str = "mean") -> Any:
    return values if reduction == "none" else getattr(cr, reduction)(values)


def _classes_last(x: Any) -> Any:
    return x if x.ndim < 3 else cr.permute_dims(x, (0, *range(2, x.ndim), 1))


def _cross_entropy(x: Any, target: Any, weight: Any = None, **o: Any) -> Any:
    shared: dict[str, Any] = {"reduction": o.get("reduction", "mean")}
    integers = target.dtype.kind == "i"
    if integers:
        shared["ignore_index"] = o.get("ignore_index", -100)
    return cr.nn.cross_entropy(
        _classes_last(x),
        target if integers else _classes_last(target),
        class_weights=weight,
        label_smoothing=o.get("label_smoothing", 0.0),
        **shared,
    )


def _nll(x: Any, target: Any, weight: Any = None, ignore_index: int = -100, **o: Any) -> Any:
    return cr.nn.negative_log_likelihood(
        _classes_last(x),
        target,
        class_weights=weight,
        ignore_index=ignore_index,
        reduction=o.get("reduction", "mean"),
    )


def _two(name: str, *options: str) -> Entry:
    def entry(x: Any, y: Any, *given: Any, reduction: str = "mean", **o: Any) -> Any:
        only(o, *options)
        unless(o.get("weight") is None, "weights of elements")
        wanted = {each: o[each] for each in options if each in o and each != "weight"}
        return getattr(cr.nn, name)(*_alike(x, y), *given, reduction=reduction, **wanted)

    return entry


def _alike(x: Any, y: Any) -> Any:
    shape = (x + y).shape
    return cr.broadcast_to(x, shape), cr.broadcast_to(y, shape)


def _smooth_l1(x: Any, y: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    if beta == 0:
        return cr.nn.absolute_error(x, y, reduction=reduction)
    return cr.nn.huber(x, y, beta, reduction=reduction) / beta


def _probabilities(x: Any, y: Any, weight: Any = None, reduction: str = "mean") -> Any:
    logs = [cr.maximum(cr.log(each), -100.0) for each in (x, 1 - x)]
    values = -(y * logs[0] + (1 - y) * logs[1])
    return _reduced(values if weight is None else values * weight, reduction)


def _logits(
    x: Any, y: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    options = {} if pos_weight is None else {"positive_weight": pos_weight}
    values = cr.nn.binary_cross_entropy(x, y, reduction="none", **options)
    return _reduced(values if weight is None else values * weight, reduction)


def _kl(x: Any, y: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    y = cr.exp(y) if log_target else y
    values = cr.where(y > 0, y * (cr.log(cr.where(y > 0, y, 1.0)) - x), -y * x)
    if reduction == "batchmean":
        return cr.sum(values) / (x.shape[0] if x.ndim else 1)
    return _reduced(values, reduction)


def _gaussian(x: Any, y: Any, var: Any, full: bool = False, eps: float = 1e-6, **o: Any) -> Any:
    safe = cr.maximum(var, eps)
    safe = safe.reshape(*safe.shape, 1) if safe.ndim < x.ndim else safe
    values = 0.5 * (cr.log(safe) + (x - y) ** 2 / safe)
    return _reduced(values + 0.5 * math.log(2 * math.pi) if full else values, **o)


def _poisson(x: Any, y: Any, log_input: bool = True, full: bool = False, **o: Any) -> Any:
    eps = o.pop("eps", 1e-8)
    values = cr.exp(x) - y * x if log_input else x - y * cr.log(x + eps)
    if full:
        many = cr.where(y > 1, y, 1.0)
        stirling = many * cr.log(many) - many + 0.5 * cr.log(2 * math.pi * many)
        values = values + cr.where(y > 1, stirling, 0.0)
    return _reduced(values, o.get("reduction", "mean"))


def _margin_ranking(x: Any, y: Any, target: Any, margin: float = 0.0, **o: Any) -> Any:
    return _reduced(cr.maximum(-target * (x - y) + margin, 0), **o)


def _hinge_embedding(x: Any, y: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    near = cr.where(y != -1, x, 0)
    return _reduced(near + cr.where(y != 1, cr.maximum(margin - x, 0), 0), reduction)


def _soft_margin(x: Any, y: Any, **o: Any) -> Any:
    return _reduced(cr.log1p(cr.exp(-y * x)), **o)


def _cosine_embedding(x: Any, y: Any, target: Any, margin: float = 0.0, **o: Any) -> Any:
    products = [cr.sum(a * b, axis=-1) for a, b in ((x, y), (x, x), (y, y))]
    cosine = products[0] / cr.sqrt((products[1] + 1e-12) * (products[2] + 1e-12))
    far = cr.where(target == -1, cr.maximum(cosine - margin, 0), 0)
    return _reduced(cr.where(target == 1, 1 - cosine, 0) + far, **o)


def _triplet(a: Any, p: Any, n: Any, margin: float = 1.0, **o: Any) -> Any:
    power, eps = o.pop("p", 2), o.pop("eps", 1e-6)
    swap = o.pop("swap", False)
    near, far, other = (cr.norm(x - y + eps, power, axis=-1) for x, y in ((a, p), (a, n), (p, n)))
    far = cr.minimum(far, other) if swap else far
    return _reduced(cr.maximum(near - far + margin, 0), **o)


def _multilabel_soft(x: Any, y: Any, weight: Any = None, reduction: str = "mean") -> Any:
    values = -(y * cr.log_sigmoid(x) + (1 - y) * cr.log_sigmoid(-x))
    return _reduced(cr.mean(values if weight is None else values * weight, axis=-1), reduction)


def _multi_margin(
    x: Any, y: Any, p: int = 1, margin: float = 1.0, weight: Any = None, **o: Any
) -> Any:
    rows, labels = (x, y) if x.ndim == 2 else (x.reshape(1, -1), y.reshape(1))
    own = cr.take_along_axis(rows, labels.reshape(-1, 1), axis=1)
    values = cr.maximum(margin - own + rows, 0) ** p
    values = values if weight is None else values * cr.take(weight, labels).reshape(-1, 1)
    others = 1 - cr.one_hot(labels, rows.shape[1], x.dtype)
    found = cr.sum(values * others, axis=1) / rows.shape[1]
    return _reduced(found if x.ndim == 2 else found.reshape(), **o)


def _triplet_with_distance(a: Any, p: Any, n: Any, **o: Any) -> Any:
    unless(o.pop("distance_function", None) is None, "a distance that is a function of torch")
    return _triplet(a, p, n, **o)


ENTRIES: dict[str, Entry] = {
    "nn.functional.binary_cross_entropy": _probabilities,
    "nn.functional.binary_cross_entropy_with_logits": _logits,
    "nn.functional.cosine_embedding_loss": _cosine_embedding,
    "nn.functional.cross_entropy": _cross_entropy,
    "nn.functional.gaussian_nll_loss": _gaussian,
    "nn.functional.hinge_embedding_loss": _hinge_embedding,
    "nn.functional.huber_loss": _two("huber", "delta", "weight"),
    "nn.functional.kl_div": _kl,
    "nn.functional.l1_loss": _two("absolute_error"),
    "nn.functional.margin_ranking_loss": _margin_ranking,
    "nn.functional.mse_loss": _two("squared_error", "weight"),
    "nn.functional.multi_margin_loss": _multi_margin,
    "nn.functional.multilabel_soft_margin_loss": _multilabel_soft,
    "nn.functional.nll_loss": _nll,
    "nn.functional.poisson_nll_loss": _poisson,
    "nn.functional.smooth_l1_loss": _smooth_l1,
    "nn.functional.soft_margin_loss": _soft_margin,
    "nn.functional.triplet_margin_loss": _triplet,
    "nn.functional.triplet_margin_with_distance_loss": _triplet_with_distance,
}
