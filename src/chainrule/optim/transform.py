"""Transforms: the small steps from a gradient to an update, written in graph operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from chainrule.graph import ChainruleError, Tensor

State = dict[str, Tensor]


class Transform(Protocol):
    """A step from a gradient to an update.

    `slots` names its state, one tensor of the parameter's shape each, with the number that fills it
    before step one. Calling it with the gradient, the state, the number of the step, from 1 on, and
    the value of the parameter before the step returns the update and the new state. It works
    element by element, so that it serves whole parameters and single rows.
    """

    @property
    def slots(self) -> Mapping[str, float]: ...

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]: ...


@runtime_checkable
class Idles(Protocol):
    """A transform that says what it does to rows over many steps without gradient, at once.

    `idle` is given the state of rows (n, ...), how many steps each of them missed, int64 (n,), and
    the number of the present step; it returns the sum of the updates of these steps, None for zero,
    and the state after them, as far as it changes. Both are what calling the transform with
    gradients of zero, once per missed step, would come to. `rows="caught_up"` needs it.
    """

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]: ...


def idled(
    transforms: Sequence[Transform], state: State, missed: Tensor, steps: Tensor
) -> tuple[Tensor | None, State]:
    """Return what a chain of transforms comes to over missed steps; see `Idles.idle`.

    Raises ChainruleError for a transform that does not say what it does, and for one that would be
    given the updates of another instead of zeros.
    """
    update: Tensor | None = None
    changed: State = {}
    for transform in transforms:
        if not isinstance(transform, Idles):
            raise ChainruleError(
                f"rows='caught_up' was asked of a chain with {type(transform).__name__}, which "
                "does not say what it does to rows without gradient. Define its idle(state, "
                "missed, steps), or choose rows='touched' or rows='dense'."
            )
        if update is not None:
            raise ChainruleError(
                f"rows='caught_up' was asked of a chain in which {type(transform).__name__} follows"
                " a transform that goes on moving rows without gradient, so that the sum of its "
                "updates is not known. Choose rows='touched' or rows='dense'."
            )
        update, new = transform.idle(state, missed, steps)
        changed |= new
    return update, changed


def per_row(numbers: Tensor, like: Tensor) -> Tensor:
    """Return `numbers` (n,) in the dtype of `like` (n, ...), shaped to multiply its rows."""
    return numbers.astype(like.dtype).reshape(len(like), *(1,) * (like.ndim - 1))


def decayed(average: Tensor, factor: float, missed: Tensor) -> Tensor:
    """Return `average` (n, ...) times factor^missed: a moving average that met only zeros."""
    return average * per_row(factor ** missed.astype("float64"), average)
