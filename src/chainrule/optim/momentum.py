"""Momentum: a velocity that accumulates gradients."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import equal, where
from chainrule.optim.transform import State, decayed, per_row


@dataclass(frozen=True)
class ScaleByMomentum:
    """Replace the gradient by a velocity.

    velocity = momentum · velocity + (1 - dampening) · gradient; the first step has no dampening, as
    in torch. The update is the velocity, or gradient + momentum · velocity with `nesterov`.

    Polyak (1964); Sutskever, Martens, Dahl, Hinton: On the importance of initialization and
    momentum in deep learning (2013), with the rate outside of the velocity.
    """

    momentum: float
    nesterov: bool = False
    dampening: float = 0.0

    @property
    def slots(self) -> dict[str, float]:
        return {"velocity": 0.0}

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        """Return the update and the new state; see `Transform`."""
        entering = gradient
        if self.dampening:
            share = where(equal(step, 1), 1.0, 1 - self.dampening)
            entering = gradient * share.astype(gradient.dtype)
        velocity = state["velocity"] * self.momentum + entering
        update = velocity * self.momentum + gradient if self.nesterov else velocity
        return update, {"velocity": velocity}

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Return the geometric sum (momentum + ... + momentum^missed) · velocity."""
        velocity = state["velocity"]
        stays = self.momentum ** missed.astype("float64")
        ahead = self.momentum if self.nesterov else 1.0
        total = (1 - stays) * (ahead * self.momentum / (1 - self.momentum))
        changed = {"velocity": decayed(velocity, self.momentum, missed)}
        return velocity * per_row(total, velocity), changed
