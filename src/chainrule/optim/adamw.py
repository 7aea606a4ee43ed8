"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Unpack

from chainrule.optim.adam import adam_chain
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters


class AdamW(Optimizer):
    """AdamW: theta -= rate · (mean / (sqrt(square) + epsilon) + weight_decay · theta).

    weight_decay  0.01 by default; decoupled: weights shrink by rate · weight_decay per step
    others        see `Adam` and `Optimizer`; l1 is decoupled too

    Raises as `Optimizer` does. Loshchilov and Hutter: Decoupled weight decay regularization (2019).
    Equal to torch.optim.AdamW.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        amsgrad: bool = False,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        chain = adam_chain("AdamW", beta1, beta2, epsilon, amsgrad)
        options = {"weight_decay": 0.01, **options}
        super().__init__(parameters, learning_rate, chain, decoupled=True, rows=rows, **options)
