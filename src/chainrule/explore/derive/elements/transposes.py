"""Matrix forms of gradients: the shapes of their factors, and the reason for each transpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from chainrule.graph import Shape, Tensor

_TURNED = {"plain": "transposed", "transposed": "plain", "row": "column", "column": "row"}


@dataclass(frozen=True)
class Factor:
    """A factor of a matrix product.

    base   the tensor without its transpose
    shape  the shape of the factor in the product
    kind   "plain" or "transposed"; "row" or "column" for a vector that became a matrix
    """

    base: Tensor
    shape: Shape
    kind: str

    @property
    def turned(self) -> Factor:
        """The transposed factor."""
        return Factor(self.base, self.shape[::-1], _TURNED[self.kind])


def matrix_form(gradient: Tensor, write: Callable[[Tensor], str]) -> tuple[str, str]:
    """Return the shapes in a gradient's formula, and why its factors are transposed or not.

    write    returns the name of a tensor
    returns  two texts, empty for a gradient that is neither a product of matrices nor a sum
    """
    factors = _factors(gradient)
    if factors is not None:
        first, second = factors
        shapes = f"{gradient.shape} = {first.shape} {second.shape}"
        return shapes, _reason(write(first.base), first, write(second.base), second)
    summed = _without_reshape(gradient)
    if summed.kind == "sum" and summed.inputs[0].size > gradient.size:
        times = summed.inputs[0].size // max(prod(gradient.shape), 1)
        name = write(summed.inputs[0])
        shapes = f"{gradient.shape or 'scalar'} = Σ {summed.inputs[0].shape}"
        return shapes, f"every element is used {times} times, so {times} elements of {name} add up"
    return "", ""


def _factors(gradient: Tensor) -> tuple[Factor, Factor] | None:
    product = _without_reshape(gradient)
    if _is(product, "permute_dims") and product.ndim == 2 and _is(product.inputs[0], "matmul"):
        found = _factors(product.inputs[0])
        return None if found is None else (found[1].turned, found[0].turned)
    if not _is(product, "matmul") or any(each.ndim > 2 for each in product.inputs):
        return None
    first, second = map(_factor, product.inputs)
    return first, second


def _factor(matrix: Tensor) -> Factor:
    if _is(matrix, "permute_dims"):
        return _factor(matrix.inputs[0]).turned
    if _is(matrix, "reshape") and matrix.inputs[0].ndim == 1 and matrix.ndim == 2:
        kind = "row" if matrix.shape[0] == 1 else "column"
        return Factor(matrix.inputs[0], matrix.shape, kind)
    return Factor(matrix, matrix.shape, "plain")


def _without_reshape(gradient: Tensor) -> Tensor:
    return gradient.inputs[0] if _is(gradient, "reshape") else gradient


def _is(node: Tensor, name: str) -> bool:
    return node.primitive is not None and node.primitive.name == name


def _reason(left: str, first: Factor, right: str, second: Factor) -> str:
    if (first.kind, second.kind) == ("column", "row"):
        return (
            f"element i, j is element i of {left} times element j of {right}: a column times a "
            f"row, so {right} is transposed"
        )
    if first.kind == "transposed":
        return (
            f"the sum runs over the first index of {left}, but a matrix product sums over the "
            f"last index of its left factor: {left} is transposed"
        )
    if second.kind == "transposed":
        return (
            f"the sum runs over the last index of {right}, but a matrix product sums over the "
            f"first index of its right factor: {right} is transposed"
        )
    return (
        f"the sum runs over the last index of {left} and the first of {right}, as in any matrix "
        "product: nothing is transposed"
    )
