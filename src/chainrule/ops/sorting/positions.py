"""Positions and numbers of the elements that are not zero."""

from __future__ import annotations

from chainrule.graph import (
    Axis,
    ShapeError,
    Tensor,
    TensorLike,
    UnboundInputError,
    apply,
    as_tensor,
    bool_,
)
from chainrule.ops.index_positions import TRUE_POSITIONS
from chainrule.ops.shaping import stack


def known_count(name: str, mask: Tensor, instead: str) -> int:
    """Return the number of true elements; raise UnboundInputError if the mask has no value."""
    if not mask.known:
        raise UnboundInputError(
            f"{name} was called on a tensor without a value, so that the shape of its result is "
            "not known while the graph is built. Call it outside of the compiled function, or "
            f"{instead}."
        )
    return int(mask.peek().sum())


def flatnonzero(x: TensorLike) -> Tensor:
    """Return the positions (count,), int64, of the elements of the flattened `x` that are not 0.

    Raises UnboundInputError in a compiled function, where the count is not known.
    """
    x = as_tensor(x)
    mask = x.reshape(x.size).astype(bool_)
    count = known_count("flatnonzero", mask, "write cr.where(x != 0, a, b), which keeps the shape")
    return apply(TRUE_POSITIONS, mask, count=count)


def nonzero(x: TensorLike) -> tuple[Tensor, ...]:
    """Return the positions of the elements that are not 0: one int64 tensor (count,) per axis.

    Raises ShapeError for a scalar, UnboundInputError in a compiled function, where the count is not
    known.
    """
    x = as_tensor(x)
    if not x.ndim:
        raise ShapeError(
            f"nonzero was called on {x.label}, a scalar, which has no axes. Write x.reshape(1)."
        )
    flat = flatnonzero(x)
    found: list[Tensor] = []
    for extent in reversed(x.shape):
        found.append(flat % extent if len(found) < x.ndim - 1 else flat)
        flat = flat // extent if extent else flat
    return tuple(reversed(found))


def argwhere(x: TensorLike) -> Tensor:
    """Return the positions of the elements that are not 0 as rows: int64 (count, number of axes).

    Errors are those of `nonzero`.
    """
    return stack(nonzero(x), axis=-1)


def count_nonzero(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the number of elements over `axis` that are not 0, int64.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1

    NaN is not 0. Raises ShapeError for an axis outside `x`.
    """
    return as_tensor(x).astype(bool_).sum(axis, keepdims)
