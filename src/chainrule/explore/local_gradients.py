"""Local gradients: the derivative of one gate's output with respect to one of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.grad import gradients, jacobian
from chainrule.graph import Array, Input, Shape, Tensor, apply, is_float
from chainrule.graph.primitive import Structure


@dataclass(frozen=True, eq=False)
class Jacobian:
    """The local gradient of a gate that is not elementwise, described by its structure.

    structure  "diagonal", "routing" (zeros and ones), "block" or "dense"
    shape      (*output.shape, *input.shape)

    Backpropagation does not build the matrix; `dense()` does.
    """

    structure: Structure
    shape: Shape
    node: Tensor
    position: int
    arguments: tuple[Array, ...]

    def dense(self) -> Array:
        """Return all derivatives as one array of shape `shape`."""
        found: Any = jacobian(self._gate, self.position)(*self.arguments)
        return np.asarray(found.read())

    def _gate(self, *operands: Any) -> Tensor:
        assert self.node.primitive is not None
        return apply(self.node.primitive, *operands, **self.node.attributes)

    def __repr__(self) -> str:
        return f"<Jacobian {self.structure} {self.shape}, not built>"


def local_gradient(
    node: Tensor, position: int, arguments: Sequence[Array]
) -> Array | Jacobian | None:
    """Return the local gradient of `node` with respect to one input; None if it has none.

    For an elementwise gate it is an array of the shape of the output, the derivative element by
    element; for other gates it is a `Jacobian`.
    """
    primitive = node.primitive
    assert primitive is not None
    x = node.inputs[position]
    if not (is_float(x.dtype) and is_float(node.dtype) and primitive.takes_gradient(position)):
        return None
    if primitive.family == "elementwise":
        return _elementwise(node, position, arguments)
    shape = node.shape + x.shape
    return Jacobian(primitive.jacobian, shape, node, position, tuple(arguments))


def _elementwise(node: Tensor, position: int, arguments: Sequence[Array]) -> Array | None:
    assert node.primitive is not None
    operands = [_stand_in(each, node.shape) for each in arguments]
    output = apply(node.primitive, *operands, **node.attributes)
    found = gradients(output, [operands[position]], np.ones(node.shape, node.dtype))[0]
    return None if found is None else found.read()


def _stand_in(argument: Array, shape: Shape) -> Input:
    return Input("x", shape, argument.dtype, np.broadcast_to(argument, shape))
