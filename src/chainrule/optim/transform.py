"""Transforms: functions from a gradient to an update, written in graph operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from chainrule.graph import ChainruleError, Tensor

State = dict[str, Tensor]


class Transform(Protocol):
    """A function from a gradient to an update, with state.

    `slots` names its state: tensors of the parameter's shape, each with its initial value. A call
    with the gradient, the state, the number of the step (int64 (), the first is 1) and the value of
    the parameter before the step returns the update and the new state. A transform works element by
    element, so that it applies to whole parameters and to single rows.
    """

    @property
    def slots(self) -> Mapping[str, float]: ...

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]: ...


@runtime_checkable
class Idles(Protocol):
    """A transform that defines its effect on rows over many steps without gradient.

    `idle` is given the state of rows (n, ...), the number of steps that each row missed, int64
    (n,), and the number of the current step. It returns the sum of the updates of these steps, None
    for zero, and the slots that change, after them: the result of calling the transform with a
    gradient of zero once per missed step. `rows="caught_up"` requires it.
    """

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]: ...


def idled(
    transforms: Sequence[Transform], state: State, missed: Tensor, steps: Tensor
) -> tuple[Tensor | None, State]:
    """Return the sum of the updates of a chain over missed steps; see `Idles.idle`.

    Raises ChainruleError for a transform without `idle`, and for one that follows a transform whose
    updates are not zero.
    """
    update: Tensor | None = None
    changed: State = {}
    for transform in transforms:
        if not isinstance(transform, Idles):
            raise ChainruleError(
                f"rows='caught_up' was requested of a chain with {type(transform).__name__}, which "
                "does not define its effect on rows without gradient. Define its idle(state, "
                "missed, steps), or choose rows='touched' or rows='dense'."
            )
        if update is not None:
            raise ChainruleError(
                f"rows='caught_up' was requested of a chain in which {type(transform).__name__} "
                "follows a transform that updates rows without gradient, so that the sum of its "
                "updates is not known. Choose rows='touched' or rows='dense'."
            )
        update, new = transform.idle(state, missed, steps)
        changed |= new
    return update, changed


def per_row(numbers: Tensor, like: Tensor) -> Tensor:
    """Return `numbers` (n,) in the dtype of `like` (n, ...), shaped to multiply its rows."""
    return numbers.astype(like.dtype).reshape(len(like), *(1,) * (like.ndim - 1))


def decayed(average: Tensor, factor: float, missed: Tensor) -> Tensor:
    """Return `average` (n, ...) times factor^missed: a moving average after `missed` zeros."""
    return average * per_row(factor ** missed.astype("float64"), average)
