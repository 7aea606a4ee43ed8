"""Momentum: updates that remember the ones before."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.optim.transform import State, decayed, per_row


@dataclass(frozen=True)
class ScaleByMomentum:
    """velocity = momentum · velocity + gradient; Nesterov looks one step ahead of it.

    Polyak (1964); Sutskever, Martens, Dahl, Hinton (2013), with the rate outside of the velocity.
    """

    momentum: float
    nesterov: bool = False

    @property
    def slots(self) -> dict[str, float]:
        return {"velocity": 0.0}

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]:
        velocity = state["velocity"] * self.momentum + gradient
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
