"""Weight decay: adds a multiple of the weights (L2) or of their signs (L1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import sign
from chainrule.optim.transform import State, Transform


@dataclass(frozen=True)
class AddDecayedWeights:
    """Add decay · value to the gradient or update.

    First in a chain, this is the gradient of the penalty decay / 2 · |value|² (L2, coupled). Last
    in a chain, weights shrink by rate · decay per step, whatever the gradient (decoupled).
    Loshchilov and Hutter: Decoupled weight decay regularization (2019).
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
    """Add decay · sign(value), the gradient of the penalty decay · |value|₁, with 0 at zero."""

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
    """Return the transforms with weight decay added: first if coupled, last if decoupled."""
    decay: list[Transform] = [AddDecayedWeights(weight_decay)] if weight_decay else []
    decay += [AddSignOfWeights(l1)] if l1 else []
    return (*transforms, *decay) if decoupled else (*decay, *transforms)


def split_decay(chain: Sequence[Transform]) -> tuple[Sequence[Transform], float]:
    """Return a chain without its final weight decay, and the factor of that decay (0 if none)."""
    if chain and isinstance(chain[-1], AddDecayedWeights):
        return chain[:-1], chain[-1].decay
    return chain, 0.0
