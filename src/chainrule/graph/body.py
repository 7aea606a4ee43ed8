"""The body of a scan: one step, as a graph of placeholders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chainrule.graph.computed_once import computed_once
from chainrule.graph.dtypes import DType, Shape
from chainrule.graph.order import topological_order
from chainrule.graph.tensor import Tensor


@dataclass(frozen=True)
class Field:
    """The elements of a scan's flat result, start to stop, that hold one state or output."""

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
    """One step of a scan: a graph from states and inputs to new states and outputs.

    states      placeholders for the states at the beginning of the step
    inputs      placeholders for the step's slice of every scanned input
    captured    placeholders for the tensors that are the same at every step
    new_states  the states at the end of the step, of the shapes of `states`
    outputs     the outputs of the step, the user's first
    totals      how many of the last states only add something up: their values of earlier steps are
                not kept, and no other node reads them

    Placeholders are inputs without a value. Other leaves of the graph are constants of one element.
    States and outputs have one dtype. Bodies are compared by identity.
    """

    states: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    captured: tuple[Tensor, ...]
    new_states: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    totals: int = field(default=0, kw_only=True)

    @property
    def kept_states(self) -> int:
        """The number of states whose values of all steps are kept; totals follow them."""
        return len(self.states) - self.totals

    @property
    def placeholders(self) -> tuple[Tensor, ...]:
        """All placeholders, in the order of the scan's operands."""
        return (*self.states, *self.inputs, *self.captured)

    @property
    def results(self) -> tuple[Tensor, ...]:
        """New states and outputs, in the order of the scan's fields."""
        return (*self.new_states, *self.outputs)

    @property
    def dtype(self) -> DType:
        """The dtype of states and outputs."""
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
        """Return the fields of a scan of `length` steps: one per state, then one per output.

        The field of a state is (length + 1, *shape): entry 0 is the initial state, entry t + 1 the
        state after t + 1 steps, in the order of computation. The field of an output is
        (length, *shape), each entry at the position of the step's scanned inputs. That of a total
        is (1, *shape): its last value.
        """
        fields, start = [], 0
        for i, each in enumerate(self.results):
            entries = length + 1 if i < self.kept_states else length
            entries = 1 if self.kept_states <= i < len(self.states) else entries
            fields.append(Field(start, (entries, *each.shape)))
            start = fields[-1].stop
        return tuple(fields)

    def size(self, length: int) -> int:
        """Return the number of elements of all fields."""
        return self.fields(length)[-1].stop

    def exchanged(self, made: Mapping[Tensor, Tensor]) -> Body:
        """Return the body with its placeholders and results replaced by those in `made`."""
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
