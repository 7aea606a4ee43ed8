"""Matrix products in the form of BLAS: transposes folded in, a batch as one step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.compile.gates.lowerings import template_of
from chainrule.graph import Shape, Tensor


@dataclass(frozen=True, eq=False)
class MatrixProduct:
    """A batch of products of two matrices, C = A B.

    left, right       the factors before transposition; a vector is one row, or one column
    left_transposed   whether A is the transpose of `left`; the same for `right`
    batch             the number of products
    rows, columns     the extents of C
    inner             the extent that is summed over
    steps             elements from one matrix of each factor to the next; 0 if all are the same
    """

    node: Tensor
    left: Tensor
    right: Tensor
    left_transposed: bool
    right_transposed: bool
    batch: int
    rows: int
    columns: int
    inner: int
    steps: tuple[int, int]


def is_transpose(node: Tensor) -> bool:
    """Return whether `node` exchanges the last two axes of its input and does nothing else."""
    if template_of(node) != "permute" or node.ndim < 2:
        return False
    n = node.ndim
    return bool(node.attributes["axes"] == (*range(n - 2), n - 1, n - 2))


def is_matrix_product(node: Tensor) -> bool:
    """Return whether `node` is a product of floats that BLAS can compute."""
    return matrix_product_of(node) is not None


def matrix_product_of(node: Tensor) -> MatrixProduct | None:
    """Return `node` as a matrix product, None if BLAS cannot compute it.

    The leading axes of a factor are those of the result, or missing. If the right factor has none,
    all rows of the left factor form one matrix.
    """
    is_of_floats = template_of(node) == "product" and node.dtype.kind == "f"
    if not is_of_floats or not node.size * node.inputs[0].size:
        return None
    a, b = node.inputs
    rows = a.shape[-2] if a.ndim > 1 else 1
    columns = b.shape[-1] if b.ndim > 1 else 1
    (left, left_transposed), (right, right_transposed) = _untransposed(a), _untransposed(b)
    lead, inner = lead_of(node), a.shape[-1]
    if any(each.ndim > 2 and each.shape[:-2] != lead for each in (a, b)):
        return None
    if b.ndim <= 2 and not (left_transposed and a.ndim > 2):
        rows, lead = rows * math.prod(lead), ()
    steps = (rows * inner if a.ndim > 2 else 0, inner * columns if b.ndim > 2 else 0)
    transposed, batch = (left_transposed, right_transposed), math.prod(lead)
    return MatrixProduct(node, left, right, *transposed, batch, rows, columns, inner, steps)


def lead_of(node: Tensor) -> Shape:
    """Return the leading axes of a matrix product, which index the products of the batch."""
    a, b = node.inputs
    return node.shape[: max(a.ndim, b.ndim, 2) - 2]


def _untransposed(x: Tensor) -> tuple[Tensor, bool]:
    """Return the input of a transpose and True, every other tensor itself and False."""
    return (x.inputs[0], True) if is_transpose(x) else (x, False)
