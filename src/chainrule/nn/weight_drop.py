"""Weight drop: weights of a layer are dropped, not its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import ChainruleError, Parameter
from chainrule.nn.dropout import Dropout
from chainrule.nn.module.functional_call import functional_call
from chainrule.nn.module.module import Module


class WeightDrop(Module):
    """A layer with weights that are dropped in training (DropConnect).

    layer        any module, such as an `LSTM`
    probability  of dropping an element of a weight; others are divided by 1 - probability
    names        of the weights: those parameters of the layer whose name, the last part of the
                 path, begins with one of them; the recurrent weights by default
    random       a NumPy generator or a seed for the masks, one per weight and call; fresh entropy
                 if None

    A mask is drawn once per call, so that it is the same at all steps of a sequence. The parameters
    are those of the layer, without a copy. In inference mode it is the layer. Raises ValueError for
    a probability outside [0, 1], ChainruleError if no parameter has such a name. Merity et al.:
    Regularizing and optimizing LSTM language models (2018), section 2.
    """

    def __init__(
        self,
        layer: Module,
        probability: float = 0.5,
        names: Sequence[str] = ("weight_hh",),
        *,
        random: np.random.Generator | int | None = None,
    ) -> None:
        self.layer, self.names = layer, tuple(names)
        self.dropout = Dropout(probability, random=random)
        if not self.dropped():
            raise ChainruleError(
                f"WeightDrop was given a {type(layer).__name__} and the names "
                f"{', '.join(self.names)}, but it has the parameters "
                f"{', '.join(layer.named_parameters()) or 'none'}. Give names of weights."
            )

    def dropped(self) -> dict[str, Parameter]:
        """Return the parameters that are dropped in training, by their paths in the layer."""
        return {
            path: each
            for path, each in self.layer.named_parameters().items()
            if path.rpartition(".")[2].startswith(self.names)
        }

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        """Return what the layer returns, computed with dropped weights in training."""
        drop = self.dropout
        if not drop.training or drop._setting("probability") == 0:
            return self.layer(*arguments, **keywords)
        weights = {path: drop(each) for path, each in self.dropped().items()}
        return functional_call(self.layer, weights, *arguments, **keywords)
