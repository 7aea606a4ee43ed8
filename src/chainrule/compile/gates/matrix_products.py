"""Products: matrix products as BLAS wants them, transposes folded in, batches as one call each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.compile.gates.lowerings import template_of
from chainrule.graph import Shape, Tensor


@dataclass(frozen=True, eq=False)
class MatrixProduct:
    """A batch of products of two matrices by BLAS.

    left, right  what is multiplied, before transposition; vectors are one row, or one column
    batch        how many products
    steps        elements from a matrix of each operand to the next; 0 if it is the same for all
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
    """Say whether `node` exchanges the last two axes of its input and does nothing else."""
    if template_of(node) != "permute" or node.ndim < 2:
        return False
    n = node.ndim
    return bool(node.attributes["axes"] == (*range(n - 2), n - 1, n - 2))


def is_matrix_product(node: Tensor) -> bool:
    """Say whether BLAS can compute `node`."""
    return matrix_product_of(node) is not None


def matrix_product_of(node: Tensor) -> MatrixProduct | None:
    """Return `node` as a product by BLAS, None if it is none.

    Leading axes are those of the result, or missing; if those of the right one are, all rows of
    the left one are taken together.
    """
    is_of_floats = template_of(node) == "product" and node.dtype.kind == "f"
    if not is_of_floats or not node.size * node.inputs[0].size:
        return None
    a, b = node.inputs
    rows = a.shape[-2] if a.ndim > 1 else 1
    columns = b.shape[-1] if b.ndim > 1 else 1
    (left, left_turned), (right, right_turned) = _unturned(a), _unturned(b)
    lead, inner = lead_of(node), a.shape[-1]
    if any(each.ndim > 2 and each.shape[:-2] != lead for each in (a, b)):
        return None
    if b.ndim <= 2 and not (left_turned and a.ndim > 2):
        rows, lead = rows * math.prod(lead), ()
    steps = (rows * inner if a.ndim > 2 else 0, inner * columns if b.ndim > 2 else 0)
    turned, batch = (left_turned, right_turned), math.prod(lead)
    return MatrixProduct(node, left, right, *turned, batch, rows, columns, inner, steps)


def lead_of(node: Tensor) -> Shape:
    """Return the leading axes of a matrix product: which of its products an element is in."""
    a, b = node.inputs
    return node.shape[: max(a.ndim, b.ndim, 2) - 2]


def _unturned(x: Tensor) -> tuple[Tensor, bool]:
    return (x.inputs[0], True) if is_transpose(x) else (x, False)
