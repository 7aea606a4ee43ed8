"""The batched matrix product, and products of vectors."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import (
    Array,
    Batch,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    float32,
    normalise_axis,
)
from chainrule.ops.arithmetic import multiply
from chainrule.ops.long_sums import total
from chainrule.ops.shaping import PERMUTE

LONG = 1 << 14  # longer inner extents are split, to bound the rounding error
PART = 1 << 7
LONG_DOT = 1 << 10  # for two vectors, which BLAS sums in few registers


def _infer(a: Tensor, b: Tensor) -> tuple[Shape, DType]:
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(
            f"matmul needs operands with axes but was given {a.label} {list(a.shape)} and "
            f"{b.label} {list(b.shape)}. Multiply scalars with *."
        )
    inner_axis = b.ndim - 2 if b.ndim > 1 else 0
    if a.shape[-1] != b.shape[inner_axis]:
        raise ShapeError(
            f"matmul cannot multiply {a.label} {list(a.shape)} by {b.label} {list(b.shape)}: "
            f"axis {a.ndim - 1} of the first has size {a.shape[-1]}, axis {inner_axis} of the "
            f"second has size {b.shape[inner_axis]}. They must be equal; did you mean a transpose?"
        )
    return _batch_shape(a, b) + a.shape[-2:-1] + b.shape[b.ndim - 1 :] * (b.ndim > 1), a.dtype


def _batch_shape(a: Tensor, b: Tensor) -> Shape:
    try:
        return np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ShapeError(
            f"matmul cannot broadcast the leading axes of {a.label} {list(a.shape)} and "
            f"{b.label} {list(b.shape)}. They must be equal, or 1."
        ) from None


def _product_numpy(a: Array, b: Array) -> Array:
    """Multiply, long float32 factors in parts: BLAS accumulates in float32."""
    inner = a.shape[-1]
    if a.dtype == float32 and a.ndim == b.ndim == 1 and inner > LONG_DOT:
        return total(a * b, (0,))
    if a.dtype != float32 or inner <= LONG:
        return np.asarray(np.matmul(a, b))
    products = np.zeros(np.matmul(a[..., :0], _inner_part(b, slice(0, 0))).shape)
    for start in range(0, inner, PART):
        part = slice(start, start + PART)
        products += np.matmul(a[..., part], _inner_part(b, part))
    return products.astype(a.dtype)


def _inner_part(b: Array, part: slice) -> Array:
    return b[part] if b.ndim == 1 else b[..., part, :]


def _left_rule(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return dL/dA = G Bᵀ, with vectors as rows or columns."""
    if a.ndim == 1 and b.ndim == 1:
        return g * b
    if b.ndim == 1:
        return g.reshape(*g.shape, 1) @ b.reshape(1, b.size)
    if a.ndim == 1:
        return (b @ g.reshape(*g.shape, 1)).reshape(*b.shape[:-1])
    return g @ b.mT


def _right_rule(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return dL/dB = Aᵀ G, with vectors as rows or columns."""
    if a.ndim == 1 and b.ndim == 1:
        return g * a
    if b.ndim == 1 and a.ndim == 2:
        return a.T @ g
    if b.ndim == 1:
        return (a.mT @ g.reshape(*g.shape, 1)).reshape(*a.shape[:-2], a.shape[-1])
    if a.ndim == 1:
        return a.reshape(a.size, 1) @ g.reshape(*g.shape[:-1], 1, g.shape[-1])
    if b.ndim == 2:
        return _rows_of(a).T @ _rows_of(g)
    return a.mT @ g


def _rows_of(x: Tensor) -> Tensor:
    """Return a batch of matrices as one matrix of all rows."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _batched_matmul(batch: Batch, a: Tensor, b: Tensor) -> Tensor:
    """Return the products of a batch; those of all rows with one matrix are one product."""
    axes = [each.ndim - mapped for each, mapped in zip((a, b), batch.mapped, strict=True)]
    if axes == [1, 1]:
        return _dots(batch, a, b)
    if axes[1] == 2 and batch.mapped == (True, False):
        return (_rows_of(a) @ b).reshape(*a.shape[:-1], b.shape[-1])
    if axes == [2, 1] and batch.mapped == (False, True):
        return b @ a.T
    ndim = max(*axes, 2)
    left = _as_matrices(batch, a, axes[0], ndim, 0)
    right = _as_matrices(batch, b, axes[1], ndim, 1)
    lead = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left, right = _without_unit_axes(left, lead), _without_unit_axes(right, lead)
    products = left * right if left.shape[-1] == 1 else left @ right
    rows = () if axes[0] == 1 else left.shape[-2:-1]
    columns = () if axes[1] == 1 else right.shape[-1:]
    return products.reshape(*lead, *rows, *columns)


def _dots(batch: Batch, a: Tensor, b: Tensor) -> Tensor:
    if batch.mapped == (True, True):
        return (a * b).sum(-1).astype(a.dtype)
    return a @ b if batch.mapped[0] else b @ a


def _as_matrices(batch: Batch, x: Tensor, axes: int, ndim: int, position: int) -> Tensor:
    """Return a factor whose examples are matrices of `ndim` axes; vectors are rows or columns."""
    if axes == 1:
        size = x.shape[-1]
        x = x.reshape(*x.shape[:-1], *((1, size) if position == 0 else (size, 1)))
    return batch.aligned(x, ndim) if batch.mapped[position] else x


def _without_unit_axes(x: Tensor, lead: Shape) -> Tensor:
    """Return a factor without the leading axes that have extent 1 in both factors.

    An example is often a batch of one, whose axis would hide products of windows from the compiler.
    """
    kept = [n for n, both in zip(x.shape[-3::-1], lead[::-1], strict=False) if both != 1][::-1]
    if len(kept) == x.ndim - 2:
        return x
    *outer, rows, columns = range(x.ndim)
    if x.primitive is PERMUTE and x.attributes["axes"] == (*outer, columns, rows):
        return _without_unit_axes(x.inputs[0], lead).mT
    return x.reshape(*kept, *x.shape[-2:])


_matmul = declare(
    Primitive(
        name="matmul",
        family="product",
        accepts="number",
        promotes="all",
        infer=_infer,
        numpy=_product_numpy,
        lowering="product",
        vjp=(_left_rule, _right_rule),
        jvp="multilinear",
        jacobian="block",
        notation=lambda a, b: Notation("{} · {}" if a.ndim == b.ndim == 1 else "{} {}", 2),
        says=lambda gate: (
            f"switches, as a matrix product: {gate.names[0]} receives upstream times "
            f"{gate.names[1]} transposed, {gate.names[1]} receives {gate.names[0]} transposed "
            "times upstream"
        ),
        branch=None,
        examples=(
            Example((Operand((2, 3)), Operand((3, 4)))),
            Example((Operand((3,)), Operand((3,)))),
            Example((Operand((2, 3)), Operand((3,)))),
            Example((Operand((3,)), Operand((3, 2)))),
            Example((Operand((2, 2, 3)), Operand((3, 2)))),
            Example((Operand((2, 1, 2, 3)), Operand((3, 3, 2)))),
            Example((Operand((2, 2, 3)), Operand((3,)))),
            Example((Operand((3,)), Operand((2, 3, 2)))),
            Example((Operand((2, 0)), Operand((0, 3)))),
            Example((Operand((0, 2)), Operand((2, 3)))),
        ),
        vmap=_batched_matmul,
    )
)


def matmul(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the matrix product `a @ b` over the last two axes.

    a        (..., m, n), or (n,) as a row
    b        (..., n, p), or (n,) as a column
    returns  (..., m, p), without the axis of a vector, in the promoted dtype

    Leading axes broadcast. Raises ShapeError for inner extents that differ, and for scalars.
    """
    return apply(_matmul, a, b)


def outer(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the outer product of two vectors, (m,) and (n,): (m, n).

    Operands with more axes are flattened.
    """
    a, b = as_tensor(a), as_tensor(b)
    return a.reshape(a.size, 1) @ b.reshape(1, b.size)


def vecdot(a: TensorLike, b: TensorLike, axis: int = -1) -> Tensor:
    """Return the dot product over one axis: Σ a b, in the promoted dtype.

    The other axes broadcast. Raises ShapeError if they do not, for an axis outside the product,
    and for extents of this axis that differ.
    """
    a, b = as_tensor(a), as_tensor(b)
    products = multiply(a, b)
    at = normalise_axis(axis, products.ndim) - products.ndim
    extents = [each.shape[at] if each.ndim >= -at else 1 for each in (a, b)]
    if extents[0] != extents[1]:
        raise ShapeError(
            f"vecdot was given {a.label} with shape {a.shape} and {b.label} with shape {b.shape}: "
            f"their extents along axis {axis} are {extents[0]} and {extents[1]}. They must be "
            "equal."
        )
    return products.sum(axis).astype(products.dtype)
