"""Rewrite rules for products with a long inner extent, as sums of products of parts.

BLAS and the kernel of panels add some hundred terms in registers, and add these sums to the result
in float32 one after the other. Parts are added by a sum, which is accurate at any length.
"""

from __future__ import annotations

from chainrule.compile.rewrite.whole_reductions import FEW, in_rows
from chainrule.graph import Tensor, float32
from chainrule.ops import sum as sum_of
from chainrule.ops.products import LONG, LONG_DOT, PART


def product_of_long_vectors(node: Tensor) -> Tensor | None:
    """a · b of two long vectors of floats -> Σ a b; of float64, in rows that threads divide."""
    a, b = node.inputs
    if a.ndim > 1 or b.ndim > 1 or node.dtype.kind != "f" or a.size <= LONG_DOT:
        return None
    left, right = in_rows(a, FEW), in_rows(b, FEW)
    if left is None or right is None or node.dtype == float32:
        return sum_of(a * b)
    return sum_of(sum_of(left * right, axis=1))


def long_product(node: Tensor) -> Tensor | None:
    """Aᵀ B with many rows -> Σ over parts of the rows of (part of A)ᵀ (part of B)."""
    a, b = node.inputs
    inner = a.shape[-1]
    if node.dtype != float32 or inner <= LONG or max(a.ndim, b.ndim) > 2:
        return None
    left, right = _transposed(a), b.reshape(inner, b.size // inner)
    size = _size_of_part(left.shape[1], right.shape[1])
    cut = inner // size * size
    found = sum_of(_parts(left[:cut], size).mT @ _parts(right[:cut], size), axis=0)
    if cut < inner:
        found = found + left[cut:].T @ right[cut:]
    return found.reshape(node.shape)


def _size_of_part(rows: int, columns: int) -> int:
    """Return the terms of a part: enough that the products of the parts need little memory."""
    enough = 4 * rows * columns // (rows + columns)
    return min(max(PART, 1 << enough.bit_length()), LONG)


def _parts(rows: Tensor, size: int) -> Tensor:
    """Return a matrix as parts of `size` rows each."""
    return rows.reshape(rows.shape[0] // size, size, rows.shape[1])


def _transposed(x: Tensor) -> Tensor:
    """Return the transpose of a matrix, or a vector as a row."""
    if x.ndim == 1 or x.shape[0] == 1:
        return x.reshape(x.size, 1)
    is_turned = x.primitive is not None and x.primitive.name == "permute_dims"
    return x.inputs[0] if is_turned and x.attributes["axes"] == (1, 0) else x.T
