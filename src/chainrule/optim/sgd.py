"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Unpack

from chainrule.optim.checks import require_fraction
from chainrule.optim.momentum import ScaleByMomentum
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters


class SGD(Optimizer):
    """Stochastic gradient descent: theta -= rate · gradient.

    With momentum, theta -= rate · velocity, velocity = momentum · velocity + gradient.

    learning_rate  try 0.01 first, then other powers of ten
    momentum       in [0, 1), 0 for none
    nesterov       Nesterov's variant: theta -= rate · (gradient + momentum · velocity)
    dampening      the gradient enters the velocity times 1 - dampening, after the first step
    rows           see `Optimizer`; without momentum and weight decay, all are equivalent up to
                   rounding
    options        weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Raises as `Optimizer` does, and ValueError for nesterov or dampening without momentum. Robbins
    and Monro (1951); Polyak (1964). Equal to torch.optim.SGD.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        dampening: float = 0.0,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        require_fraction("SGD", momentum=momentum, dampening=dampening)
        if (nesterov or dampening) and not momentum:
            asked = "nesterov" if nesterov else "dampening"
            raise ValueError(
                f"SGD was asked for {asked} without momentum. Give a momentum above 0."
            )
        if nesterov and dampening:
            raise ValueError("SGD was asked for nesterov with dampening. Choose one of them.")
        transforms = [ScaleByMomentum(momentum, nesterov, dampening)] if momentum else []
        super().__init__(parameters, learning_rate, transforms, rows=rows, **options)
