"""The body of a loop: one step, as a graph on placeholders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chainrule.graph.computed_once import computed_once
from chainrule.graph.dtypes import DType, Shape
from chainrule.graph.order import topological_order
from chainrule.graph.tensor import Tensor


@dataclass(frozen=True)
class Field:
    """What a loop writes of one state or output: elements start to stop of its flat result."""

    start: int
    shape: Shape

    @property
    def stop(self) -> int:
        """The first element after the field."""
        return self.start + math.prod(self.shape)

    @property
    def step(self) -> int:
        """The number of elements of one entry."""
        return math.prod(self.shape[1:])


@dataclass(frozen=True, eq=False, repr=False)
class Body:
    """One step of a loop: from states, the inputs of the step and what is captured to results.

    states      placeholders for the states at the beginning of the step
    inputs      placeholders for the step's part of every scanned input
    captured    placeholders for what is the same at every step
    new_states  tensors of the shapes of `states`: the states at the end of the step
    outputs     tensors: what the step puts out, the user's first

    Placeholders are inputs without a value. The other leaves of its graph are constants of one
    element. States and outputs are of one dtype. A body is equal to itself only.
    """

    states: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    captured: tuple[Tensor, ...]
    new_states: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def placeholders(self) -> tuple[Tensor, ...]:
        """What a step begins with, in the order of the loop's operands."""
        return (*self.states, *self.inputs, *self.captured)

    @property
    def results(self) -> tuple[Tensor, ...]:
        """What a step ends with, in the order of the loop's fields."""
        return (*self.new_states, *self.outputs)

    @property
    def dtype(self) -> DType:
        """The dtype of all states and outputs."""
        return self.results[0].dtype

    @computed_once
    def order(self) -> tuple[Tensor, ...]:
        """The nodes that a step needs, each after its inputs."""
        return tuple(topological_order(self.results))

    @computed_once
    def gates(self) -> tuple[Tensor, ...]:
        """The gates among them."""
        return tuple(node for node in self.order if node.primitive is not None)

    def fields(self, length: int) -> tuple[Field, ...]:
        """Return where a loop of `length` steps writes: one field per state, then per output.

        The field of a state is (length + 1, *shape): entry 0 is the initial state, entry t + 1 the
        state after t + 1 steps, in the order in which they are run. That of an output is
        (length, *shape), every entry at the position of the step's part of the scanned inputs.
        """
        fields, start = [], 0
        for i, each in enumerate(self.results):
            entries = length + 1 if i < len(self.states) else length
            fields.append(Field(start, (entries, *each.shape)))
            start = fields[-1].stop
        return tuple(fields)

    def size(self, length: int) -> int:
        """Return the number of elements of all fields."""
        return self.fields(length)[-1].stop

    def exchanged(self, made: Mapping[Tensor, Tensor]) -> Body:
        """Return the same body with every placeholder and result exchanged as `made` says."""
        return replace(
            self,
            states=tuple(made[each] for each in self.states),
            inputs=tuple(made[each] for each in self.inputs),
            captured=tuple(made[each] for each in self.captured),
            new_states=tuple(made[each] for each in self.new_states),
            outputs=tuple(made[each] for each in self.outputs),
        )

    def __repr__(self) -> str:
        count = len(self.gates)
        return f"{self.results[0].kind} cell of {count} gate{'s' * (count != 1)}"
