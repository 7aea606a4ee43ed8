"""The optimizer: from a loss to updated parameters, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from chainrule.grad import gradients
from chainrule.graph import (
    ChainruleError,
    GradientError,
    Parameter,
    Replace,
    ReplaceRows,
    Tensor,
    Update,
    apply_together,
    parameter,
)
from chainrule.ops import ADD_ROWS, add_rows, equal, first_occurrence, take
from chainrule.optim.transform import State, Transform


class HasParameters(Protocol):
    """A model: whatever lists its parameters."""

    def parameters(self) -> list[Parameter]: ...


class Optimizer:
    """Moves parameters against their gradients, after a chain of transforms.

    parameters     a model, or a list of parameters; the trainable ones are moved
    learning_rate  a positive number; it can be read and set at any time
    transforms     applied to the gradient in order, before it is scaled by the rate

    Its state exists before the first step. Of a table that was only looked up, such as an
    embedding, the rows of the batch are updated and the others stay as they are, state included
    (semantics `touched`); equal ids count once, with their gradients summed.
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: float,
        transforms: Sequence[Transform] = (),
    ) -> None:
        chosen = list(parameters) if isinstance(parameters, Sequence) else parameters.parameters()
        self.parameters = [each for each in chosen if each.trainable]
        if not self.parameters:
            raise ChainruleError(
                f"{type(self).__name__} was given no trainable parameter, so it could not learn. "
                "Pass a model with parameters, or a list of them."
            )
        self.transforms = tuple(transforms)
        self.steps = parameter(0, "steps", trainable=False)
        self._rate = parameter(0.0, "learning_rate", trainable=False)
        self.learning_rate = learning_rate
        self.state = {each: self._first_state(each) for each in self.parameters}

    @property
    def learning_rate(self) -> float:
        """The factor from the transformed gradient to the update."""
        return float(self._rate.item())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if not (np.isfinite(rate) and rate > 0):
            raise ValueError(f"The learning rate {rate} was asked. Give a positive number.")
        self._rate.assign(float(rate))

    def minimize(self, loss: Tensor) -> None:
        """Update every parameter once, all from the gradients of this loss.

        A parameter that the loss does not depend on stays as it is. Raises GradientError if `loss`
        is not a floating-point scalar, was computed before the last update, or depends on no
        parameter at all.
        """
        found = gradients(loss, self.parameters)
        if all(each is None for each in found):
            raise GradientError(
                f"{type(self).__name__} was asked to minimize {loss.label}, which depends on none "
                "of its parameters. Compute the loss with the model that the optimizer was made "
                "for."
            )
        step = self.steps + 1
        updates: list[Update] = [Replace(self.steps, step)]
        for each, gradient in zip(self.parameters, found, strict=True):
            if gradient is not None:
                updates += self._updates(each, gradient, step)
        apply_together(updates)

    def _first_state(self, each: Parameter) -> dict[str, Parameter]:
        return {
            slot: parameter(
                np.zeros(each.shape, each.dtype), f"{each.name}.{slot}", trainable=False
            )
            for transform in self.transforms
            for slot in transform.slots
        }

    def _updates(self, moved: Parameter, gradient: Tensor, step: Tensor) -> list[Update]:
        is_rows = gradient.primitive is ADD_ROWS and gradient.attributes["axis"] == 0
        if is_rows:
            return self._row_updates(moved, gradient, step)
        state = self.state[moved]
        new, new_state = self._stepped(moved, gradient, dict(state), step)
        updates: list[Update] = [Replace(moved, new)]
        return updates + [Replace(state[slot], value) for slot, value in new_state.items()]

    def _row_updates(self, moved: Parameter, gradient: Tensor, step: Tensor) -> list[Update]:
        """Update the rows in the batch alone: their gradients summed, each row once."""
        rows, ids = gradient.inputs
        flat = ids.reshape(-1)
        first = first_occurrence(flat)
        summed = add_rows(rows.reshape(flat.size, *moved.shape[1:]), first, flat.size)
        keep = equal(first, np.arange(flat.size))
        state = self.state[moved]
        old_rows = {slot: take(each, flat) for slot, each in state.items()}
        new, new_state = self._stepped(take(moved, flat), summed, old_rows, step)
        updates: list[Update] = [ReplaceRows(moved, flat, new, keep)]
        return updates + [
            ReplaceRows(state[slot], flat, value, keep) for slot, value in new_state.items()
        ]

    def _stepped(
        self, value: Tensor, gradient: Tensor, state: State, step: Tensor
    ) -> tuple[Tensor, State]:
        new_state: State = {}
        for transform in self.transforms:
            gradient, changed = transform(gradient, state, step)
            new_state |= changed
        return value - gradient * self._rate.astype(value.dtype), new_state
