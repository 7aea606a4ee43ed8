"""Gradients that are sums over the steps of a scan, computed in one operation after the scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chainrule.graph import Tensor
from chainrule.ops import ADD_ROWS, add_rows, permute_dims

Stacked = Callable[[Tensor], Tensor]


class StepSum(Protocol):
    """A gradient of one step that is summed over the steps.

    parts  the tensors of one step that the sum reads, stacked to (steps, ...)
    """

    @property
    def parts(self) -> tuple[Tensor, ...]: ...
    def total(self, stacked: Stacked) -> Tensor:
        """Return the sum over the steps."""
        ...


@dataclass(frozen=True, eq=False)
class ProductSum:
    """The sum Σ_t L_t R_t = [L_1 L_2 ...] [R_1; R_2; ...], as one matrix product for all steps."""

    left: Tensor
    right: Tensor

    @property
    def parts(self) -> tuple[Tensor, ...]:
        return (_turned_back(self.left), _turned_back(self.right))

    def total(self, stacked: Stacked) -> Tensor:
        left, right = self.parts
        columns = _lines(stacked(left), turned=left is self.left)
        lines = _lines(stacked(right), turned=right is not self.right)
        return columns.mT @ lines


@dataclass(frozen=True, eq=False)
class TensorSum:
    """The sum over the steps and the given axes of a tensor, as one reduction."""

    summand: Tensor
    axes: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple[Tensor, ...]:
        return (self.summand,)

    def total(self, stacked: Stacked) -> Tensor:
        return stacked(self.summand).sum((0, *(1 + axis for axis in self.axes)))


@dataclass(frozen=True, eq=False)
class RowSum:
    """The sum over the steps of rows added to zeros at ids, as one `add_rows` for all steps."""

    rows: Tensor
    ids: Tensor
    size: int

    @property
    def parts(self) -> tuple[Tensor, ...]:
        return (self.rows,)

    def total(self, stacked: Stacked) -> Tensor:
        return add_rows(stacked(self.rows), stacked(self.ids), self.size)


def step_sum(gradient: Tensor, is_kept: Callable[[Tensor], bool]) -> StepSum | None:
    """Return the sum of `gradient` over the steps, computed after the scan; None if not possible.

    is_kept  returns whether a tensor of the step is stored for all steps
    """
    inner = _without_reshape(gradient)
    name = "" if inner.primitive is None else inner.primitive.name
    if name == "matmul" and _is_of_matrices(*inner.inputs):
        return ProductSum(inner.inputs[0], inner.inputs[1])
    if name == "sum":
        return TensorSum(inner.inputs[0], inner.attributes["axis"])
    if _is_lookup(inner) and is_kept(inner.inputs[1]):
        rows, ids = inner.inputs
        return RowSum(rows, ids, inner.attributes["size"])
    return TensorSum(inner) if is_kept(inner) else None


def _is_lookup(node: Tensor) -> bool:
    return node.primitive is ADD_ROWS and node.attributes["axis"] == 0


def _without_reshape(node: Tensor) -> Tensor:
    while node.primitive is not None and node.primitive.name == "reshape":
        node = node.inputs[0]
    return node


def _is_of_matrices(left: Tensor, right: Tensor) -> bool:
    return left.ndim >= 2 and right.ndim >= 2 and left.shape[:-2] == right.shape[:-2]


def _turned_back(matrix: Tensor) -> Tensor:
    """Return the operand of a transpose of the last two axes; any other matrix unchanged."""
    if matrix.primitive is None or matrix.primitive.name != "permute_dims":
        return matrix
    *batch, rows, columns = range(matrix.ndim)
    return matrix.inputs[0] if matrix.attributes["axes"] == (*batch, columns, rows) else matrix


def _lines(stack: Tensor, turned: bool) -> Tensor:
    """Return the rows of the matrices of all steps, or of their transposes, as one matrix.

    stack  (steps, *batch, rows, columns)
    """
    steps, *batch, rows, columns = stack.shape
    if turned and 1 not in (rows, columns):
        stack = stack.mT
    lines, width = (columns, rows) if turned else (rows, columns)
    stack = stack.reshape(steps, *batch, lines, width)
    if batch:
        inner = range(1, 1 + len(batch))
        stack = permute_dims(stack, (*inner, 0, stack.ndim - 2, stack.ndim - 1))
    return stack.reshape(*batch, steps * lines, width)
