"""The while loop of a batch: all examples in one loop, until the last of them has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.grad.batched_scan import moving_placeholders
from chainrule.graph import Batch, Body, Tensor, depending_on, int64, rebuild, topological_order
from chainrule.ops import any as any_of
from chainrule.ops import argmax, concat, logical_and, take, where

State = Sequence[Tensor]


@dataclass(frozen=True, eq=False)
class BatchedLoop:
    """The functions of a while loop whose state has the axis of the batch.

    The state of an example that has ended stays as it is. Its step is computed from the state of
    the first example that goes on, and dropped, so that it fails for no state that the body is not
    written for, such as an id behind the last element.

    operands  those of the loop of one example
    """

    batch: Batch
    loop: Body
    operands: Sequence[Tensor]

    @property
    def initial(self) -> tuple[list[Tensor], Tensor]:
        """The first states of all examples, and which of them take a first step."""
        states = self.batch.spread(self.operands)[: len(self.loop.states)]
        return states, self._flags(states)

    def goes_on(self, both: tuple[State, Tensor]) -> Tensor:
        """Return whether an example goes on."""
        return any_of(both[1])

    def step(self, both: tuple[State, Tensor]) -> tuple[list[Tensor], Tensor]:
        """Return the states after a step, and which examples go on."""
        states, active = both
        if not self._ends_differ:
            new = self._of_all(self.loop.new_states, states)
            return new, self._flags(new)
        first = argmax(active.astype(int64), axis=0)
        started = [self._chosen(active, each, take(each, first, axis=0)) for each in states]
        found = self._of_all(self.loop.new_states, started)
        new = [self._chosen(active, a, b) for a, b in zip(found, states, strict=True)]
        return new, logical_and(active, self._flags(new))

    def result(self, states: State) -> Tensor:
        """Return the flat results of all examples, (size, elements)."""
        parts = self._of_all(self.loop.outputs[1:], states)
        return concat([each.reshape(self.batch.size, -1) for each in parts], axis=1)

    @property
    def _ends_differ(self) -> bool:
        """Whether the number of steps may differ between the examples."""
        moving = moving_placeholders(self.loop, self.batch.mapped)
        condition = self.loop.outputs[0]
        return condition in depending_on(topological_order([condition]), moving)

    def _flags(self, states: State) -> Tensor:
        """Return the condition of every example."""
        return self._of_all(self.loop.outputs[:1], states)[0]

    def _of_all(self, wanted: Sequence[Tensor], states: State) -> list[Tensor]:
        """Return tensors of the body for all examples."""
        count = len(self.loop.states)

        def of_one(*given: Tensor) -> list[Tensor]:
            made = rebuild(wanted, dict(zip(self.loop.placeholders, given, strict=True)))
            return [made[each] for each in wanted]

        mapped = (True,) * count + self.batch.mapped[count:]
        found: list[Tensor] = self.batch.over(of_one, mapped)(*states, *self.operands[count:])
        return found

    def _chosen(self, active: Tensor, new: Tensor, old: Tensor) -> Tensor:
        """Return the elements of `new` for examples that go on, of `old` for the others."""
        return where(active.reshape(-1, *(1,) * (new.ndim - 1)), new, old)
