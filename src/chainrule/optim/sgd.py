"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.graph import Parameter
from chainrule.optim.momentum import ScaleByMomentum
from chainrule.optim.optimizer import HasParameters, Optimizer, RowSemantics


class SGD(Optimizer):
    """theta -= rate · gradient; with momentum, the gradient's velocity takes its place.

    learning_rate  0.01 as a first guess, then powers of ten
    momentum       0 for none; nesterov looks ahead
    rows           of tables: see `Optimizer`; without momentum, all three are the same

    The same trajectory as torch.optim.SGD.
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: float = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        rows: RowSemantics = "touched",
    ) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD was given the momentum {momentum}. Give one from 0 to below 1.")
        if nesterov and not momentum:
            raise ValueError(
                "SGD was asked for nesterov without momentum. Give a momentum above 0."
            )
        transforms = [ScaleByMomentum(momentum, nesterov)] if momentum else []
        super().__init__(parameters, learning_rate, transforms, rows=rows)
