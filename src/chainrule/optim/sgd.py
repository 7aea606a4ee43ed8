"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Unpack

from chainrule.optim.checks import require_fraction
from chainrule.optim.momentum import ScaleByMomentum
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics
from chainrule.optim.parameters import Parameters
from chainrule.optim.rate import LearningRate


class SGD(Optimizer):
    """theta -= rate · gradient; with momentum, the gradient's velocity takes its place.

    learning_rate  0.01 as a first guess, then powers of ten
    momentum       0 for none; nesterov looks ahead
    dampening      what share of the gradient does not enter the velocity, after the first step
    rows           of tables: see `Optimizer`; without momentum and decay, all three are the same
    options        weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    The same trajectory as torch.optim.SGD.
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
