"""Products: matrix products as BLAS wants them, transposes folded in, batches as one call each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.graph import Tensor


@dataclass(frozen=True, eq=False)
class Product:
    """A batch of products of two matrices by BLAS.

    left, right  what is multiplied, before transposition; vectors are one row, or one column
    batch        how many products; the matrices of each operand follow each other in memory
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


def is_transpose(node: Tensor) -> bool:
    """Say whether `node` exchanges the last two axes of its input and does nothing else."""
    if node.primitive is None or node.primitive.name != "permute_dims" or node.ndim < 2:
        return False
    n = node.ndim
    return bool(node.attributes["axes"] == (*range(n - 2), n - 1, n - 2))


def is_product(node: Tensor) -> bool:
    """Say whether BLAS can compute `node`."""
    return product_of(node) is not None


def product_of(node: Tensor) -> Product | None:
    """Return `node` as a product by BLAS, None if it is none.

    Leading axes of both operands are equal, or those of the right one are missing, when all rows
    of the left one are taken together.
    """
    is_matmul = node.primitive is not None and node.primitive.name == "matmul"
    if not is_matmul or node.dtype.kind != "f" or not node.size * node.inputs[0].size:
        return None
    a, b = node.inputs
    rows = a.shape[-2] if a.ndim > 1 else 1
    columns = b.shape[-1] if b.ndim > 1 else 1
    (left, left_turned), (right, right_turned) = _unturned(a), _unturned(b)
    if b.ndim <= 2 and not (left_turned and a.ndim > 2):
        rows, batch = rows * math.prod(a.shape[:-2]), 1
    elif a.shape[:-2] == b.shape[:-2]:
        batch = math.prod(a.shape[:-2])
    else:
        return None
    inner = a.shape[-1]
    return Product(node, left, right, left_turned, right_turned, batch, rows, columns, inner)


def _unturned(x: Tensor) -> tuple[Tensor, bool]:
    return (x.inputs[0], True) if is_transpose(x) else (x, False)
