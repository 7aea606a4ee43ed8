"""Decay: weights drawn towards zero, by a share of their value or by a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import sign
from chainrule.optim.transform import State, Transform


@dataclass(frozen=True)
class AddDecayedWeights:
    """update + decay · value.

    First in a chain it is the gradient of the penalty decay / 2 · |value|² (L2, coupled); last, it
    shrinks weights by rate · decay per step whatever the transforms did to the gradient
    (decoupled). Loshchilov and Hutter: Decoupled weight decay regularization (2019).
    """

    decay: float

    @property
    def slots(self) -> dict[str, float]:
        return {}

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        return gradient + value * self.decay, {}


@dataclass(frozen=True)
class AddSignOfWeights:
    """update + decay · sign(value): the gradient of the penalty decay · |value|₁, 0 at zero."""

    decay: float

    @property
    def slots(self) -> dict[str, float]:
        return {}

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        return gradient + sign(value) * self.decay, {}


def with_decay(
    transforms: Sequence[Transform], weight_decay: float, l1: float, decoupled: bool
) -> tuple[Transform, ...]:
    """Return the chain that decays too: coupled decay comes first in it, decoupled last."""
    decay: list[Transform] = [AddDecayedWeights(weight_decay)] if weight_decay else []
    decay += [AddSignOfWeights(l1)] if l1 else []
    return (*transforms, *decay) if decoupled else (*decay, *transforms)
