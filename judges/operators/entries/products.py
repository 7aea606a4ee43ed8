"""Entries that multiply matrices and vectors, and integrals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from judges.operators.names import cr, unless

Entry = str | Callable[..., Any]


def _added(product: Callable[..., Any]) -> Entry:
    def entry(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        found = product(a, b)
        found = found if alpha == 1 else found * alpha
        return found + (x if beta == 1 else x * beta)

    return entry


def _matmul(x: Any, y: Any) -> Any:
    return cr.matmul(x, y)


def _batch_sum(x: Any, y: Any) -> Any:
    return cr.sum(cr.matmul(x, y), axis=0)


def _tensordot(x: Any, y: Any, dims: Any = 2) -> Any:
    axes = dims if isinstance(dims, int) else tuple(tuple(each) for each in dims)
    if not isinstance(axes, int):
        alike = all(x.shape[i] == y.shape[j] for i, j in zip(*axes, strict=True))
        unless(alike, "a product of axes of which one is repeated")
    return cr.tensordot(x, y, axes=axes)


def _einsum(operands: Any, equation: str) -> Any:
    summed = "..." in equation and "->" in equation and "..." not in equation.split("->")[1]
    unless(not summed, "an einsum whose ellipsis is summed")
    return cr.einsum(equation, *operands)


def _multi_dot(matrices: Any) -> Any:
    result = matrices[0]
    for each in matrices[1:]:
        result = cr.matmul(result, each)
    return result


def _matrix_power(x: Any, n: int) -> Any:
    unless(n >= 1, "powers of matrices below 1")
    return _multi_dot([x] * n)


def _inner(x: Any, y: Any) -> Any:
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return cr.tensordot(x, y, axes=((-1,), (-1,)))


def _bilinear(x: Any, y: Any, weight: Any, bias: Any = None) -> Any:
    result = cr.einsum("...i,oij,...j->...o", x, weight, y)
    return result if bias is None else result + bias


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    result = cr.matmul(x, cr.permute_dims(weight, tuple(range(weight.ndim))[::-1]))
    return result if bias is None else result + bias


def _vecdot(x: Any, y: Any, dim: int = -1) -> Any:
    return cr.vecdot(x, y, axis=dim) if dim != -1 else cr.vecdot(x, y)


def _integral(name: str) -> Entry:
    def integral(y: Any, x: Any = None, dim: int = -1, dx: float = 1.0) -> Any:
        if x is not None and x.ndim > 1:
            x = cr.broadcast_to(x, y.shape)
        return getattr(cr, name)(y, x, dx=dx, axis=dim)

    return integral


def _attention(
    q: Any, k: Any, v: Any, attn_mask: Any = None, dropout_p: float = 0, **o: Any
) -> Any:
    unless(not dropout_p, "dropout, which draws other numbers")
    if o.get("enable_gqa"):
        k, v = (cr.repeat(each, q.shape[-3] // each.shape[-3], axis=-3) for each in (k, v))
    scale = o.get("scale") or q.shape[-1] ** -0.5
    scores = cr.matmul(q, cr.permute_dims(k, (*range(k.ndim - 2), k.ndim - 1, k.ndim - 2))) * scale
    if o.get("is_causal"):
        attn_mask = cr.asarray(np.tri(*scores.shape[-2:], dtype=bool))
    if attn_mask is not None:
        masked = str(attn_mask.dtype) == "bool"
        scores = cr.where(attn_mask, scores, -1e30) if masked else scores + attn_mask
    return cr.matmul(cr.softmax(scores), v)


def _powers(x: Any, count: int | None) -> Any:
    return cr.expand_dims(x, -1) ** np.arange(count or x.shape[-1]).astype(str(x.dtype))


def _pairs(x: Any, p: float) -> Any:
    first, second = np.triu_indices(x.shape[0], 1)
    return cr.norm(cr.take(x, first) - cr.take(x, second), p, axis=-1)


ENTRIES: dict[str, Entry] = {
    "__rmatmul__": lambda x, y: y @ x,
    "addbmm": _added(_batch_sum),
    "addmm": _added(_matmul),
    "addmm.decomposed": _added(_matmul),
    "addmv": _added(_matmul),
    "addr": _added(lambda x, y: cr.outer(x, y)),
    "baddbmm": _added(_matmul),
    "bmm": _matmul,
    "cdist": lambda x, y, p=2.0, *mode, **o: cr.norm(
        cr.expand_dims(x, -2) - cr.expand_dims(y, -3), p, axis=-1
    ),
    "cross": lambda x, y, dim=None: cr.cross(x, y, x.shape.index(3) if dim is None else dim),
    "linalg.cross": lambda x, y, dim=-1: cr.cross(x, y, dim),
    "cumulative_trapezoid": _integral("cumulative_trapezoid"),
    "dot": "vecdot",
    "einsum": _einsum,
    "inner": _inner,
    "kron": "kron",
    "linalg.matrix_power": _matrix_power,
    "linalg.multi_dot": _multi_dot,
    "linalg.vecdot": _vecdot,
    "matmul": "matmul",
    "mm": _matmul,
    "mv": _matmul,
    "nn.functional.bilinear": _bilinear,
    "nn.functional.linear": _linear,
    "nn.functional.scaled_dot_product_attention": _attention,
    "linalg.vander": lambda x, N=None: _powers(x if x.ndim else x.reshape(1), N),
    "nn.functional.pdist": lambda x, p=2.0: _pairs(x, p),
    "outer": "outer",
    "tensordot": _tensordot,
    "trace": "trace",
    "trapezoid": _integral("trapezoid"),
    "trapz": _integral("trapezoid"),
    "vdot": "vecdot",
}
