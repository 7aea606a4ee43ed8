"""One node of a graph as users read it: name, value and its three kinds of gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.explore.local_gradients import Jacobian, local_gradient
from chainrule.explore.number_text import figure
from chainrule.explore.record import Record
from chainrule.graph import Array, DType, Origin, Shape, Tensor


class Gate:
    """One node of a graph, with the numbers of the latest run when it was read.

    For every input, downstream = local x upstream. The upstream gradient of a value that is used
    several times is the sum of the downstream gradients of its users.
    """

    def __init__(self, record: Record, tensor: Tensor) -> None:
        self.tensor = tensor
        self._record = record

    @property
    def name(self) -> str:
        """The name given by the user, the variable it was assigned to, or a letter."""
        return self._record.names[self.tensor]

    @property
    def kind(self) -> str:
        """The name of its primitive or gate; input, parameter or constant for a leaf."""
        return self.tensor.kind

    @property
    def inputs(self) -> tuple[Gate, ...]:
        """The nodes it is applied to."""
        return tuple(Gate(self._record, each) for each in self.tensor.inputs)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return tuple(self._record.names[each] for each in self.tensor.inputs)

    @property
    def shape(self) -> Shape:
        """The shape of its value, and of its upstream gradient."""
        return self.tensor.shape

    @property
    def dtype(self) -> DType:
        """The dtype of its value."""
        return self.tensor.dtype

    @property
    def attributes(self) -> dict[str, Any]:
        """Its static arguments, such as axis."""
        return self.tensor.attributes

    @property
    def origin(self) -> Origin:
        """The user's file and line; `origin.source` is the text of the line."""
        return self.tensor.origin

    @property
    def module(self) -> str:
        """The path of the modules and gates that made it, joined by dots; may be empty."""
        return self.tensor.origin.path

    @property
    def value(self) -> Array:
        """Its value in this run; raises UnboundInputError if no forward has run."""
        found = self._record.values.get(self.tensor)
        return self.tensor.read() if found is None else found

    @property
    def arguments(self) -> tuple[Array, ...]:
        """The values of its inputs."""
        return tuple(each.value for each in self.inputs)

    @property
    def upstream(self) -> Array | None:
        """The gradient of the output with respect to it; None before backward or without a path."""
        return self._record.upstream.get(self.tensor)

    @property
    def local(self) -> tuple[Array | Jacobian | None, ...]:
        """Per input, the derivative of its value: an array if elementwise, else a `Jacobian`."""
        arguments = self.arguments
        positions = range(len(self.tensor.inputs))
        return tuple(local_gradient(self.tensor, i, arguments) for i in positions)

    @property
    def downstream(self) -> tuple[Array | None, ...]:
        """Per input, the gradient that it sends to that input; None if it sends none."""
        edges = self._record.downstream
        return tuple(edges.get((self.tensor, i)) for i in range(len(self.tensor.inputs)))

    @property
    def says(self) -> str:
        """A sentence about what it does to the gradient, with the numbers of this run."""
        primitive = self.tensor.primitive
        if primitive is None:
            return ""
        return primitive.says if isinstance(primitive.says, str) else primitive.says(self)

    def __repr__(self) -> str:
        value = self._record.values.get(self.tensor)
        shown = "" if value is None else f" = {figure(np.asarray(value))}"
        return f"<{self.kind} {self.name} {self.dtype}{list(self.shape)}{shown}>"
