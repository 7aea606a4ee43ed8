"""The largest or smallest elements along an axis, and the element of a given rank."""

from __future__ import annotations

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor, normalise_axis
from chainrule.ops.rows import take_along_axis
from chainrule.ops.shaping import squeeze
from chainrule.ops.sorting.sort import FIRST_IDS, along_last


def _require_rank(name: str, k: int, least: int, x: Tensor, axis: int) -> None:
    if not least <= k <= x.shape[axis]:
        raise ShapeError(
            f"{name} was asked for k={k} along axis {axis} of {x.label} with shape {x.shape}. "
            f"Choose k from {least} to {x.shape[axis]}."
        )


def topk(
    x: TensorLike, k: int, axis: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Tensor, Tensor]:
    """Return the `k` largest elements along `axis`, and their ids.

    largest  False: the smallest elements
    sorted   accepted for PyTorch's signature; the elements are always sorted, the best first
    returns  values in the dtype of `x` and ids, int64, with extent `k` along `axis`

    Of equal elements the first comes first. NaN is larger than every number. The gradient goes to
    the chosen elements. Raises ShapeError for a `k` above the extent, or an axis outside `x`.
    """
    x = as_tensor(x)
    at = normalise_axis(axis, x.ndim)
    _require_rank("topk", k, 0, x, at)
    ids = along_last(FIRST_IDS, x, at, count=k, descending=bool(largest))
    return take_along_axis(x, ids, at), ids


def kthvalue(
    x: TensorLike, k: int, axis: int = -1, keepdims: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the `k`-th smallest element along `axis`, counted from 1, and its id.

    returns  the value in the dtype of `x` and the id, int64

    NaN is larger than every number. Raises ShapeError for a `k` outside 1 to the extent, or an axis
    outside `x`.
    """
    x = as_tensor(x)
    at = normalise_axis(axis, x.ndim)
    _require_rank("kthvalue", k, 1, x, at)
    ids = along_last(FIRST_IDS, x, at, count=k, descending=False)
    ids = ids[(*(slice(None),) * at, slice(k - 1, k))]
    value = take_along_axis(x, ids, at)
    return (value, ids) if keepdims else (squeeze(value, at), squeeze(ids, at))
