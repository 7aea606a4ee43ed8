"""A gate as a user reads it: its name, its numbers, and its three gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.explore.local_gradients import Jacobian, local_gradient
from chainrule.explore.number_text import figure
from chainrule.explore.record import Record
from chainrule.graph import Array, DType, Origin, Shape, Tensor


class Gate:
    """One node of a graph in the run that was current when it was asked for.

    downstream = local x upstream for every input; where a value is used several times, its
    upstream gradient is the sum of what its users send downstream.
    """

    def __init__(self, record: Record, tensor: Tensor) -> None:
        self.tensor = tensor
        self._record = record

    @property
    def name(self) -> str:
        """The user's name or variable, or a letter."""
        return self._record.names[self.tensor]

    @property
    def kind(self) -> str:
        """What it is: the name of its primitive or gate, or input, parameter, constant."""
        return self.tensor.kind

    @property
    def inputs(self) -> tuple[Gate, ...]:
        """What it is applied to."""
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
        """The path of the modules and gates it was made in, with dots; empty outside of all."""
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
        """The gradient of the output with respect to it, None before backward or without a path."""
        return self._record.upstream.get(self.tensor)

    @property
    def local(self) -> tuple[Array | Jacobian | None, ...]:
        """Per input, the derivative of its value: elementwise as an array, else a `Jacobian`."""
        arguments = self.arguments
        positions = range(len(self.tensor.inputs))
        return tuple(local_gradient(self.tensor, i, arguments) for i in positions)

    @property
    def downstream(self) -> tuple[Array | None, ...]:
        """Per input, the gradient it sends there; None where no gradient goes."""
        edges = self._record.downstream
        return tuple(edges.get((self.tensor, i)) for i in range(len(self.tensor.inputs)))

    @property
    def says(self) -> str:
        """What it does to gradient, in words, on the numbers of this run."""
        primitive = self.tensor.primitive
        if primitive is None:
            return ""
        return primitive.says if isinstance(primitive.says, str) else primitive.says(self)

    def __repr__(self) -> str:
        value = self._record.values.get(self.tensor)
        shown = "" if value is None else f" = {figure(np.asarray(value))}"
        return f"<{self.kind} {self.name} {self.dtype}{list(self.shape)}{shown}>"
