"""A language model as `fit` calls it, and its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.pretrained.ulmfit import UlmfitNetwork


class NextWords(cr.nn.Module):
    """A language model with a carried state, called with the arrays of a batch."""

    def __init__(self, net: UlmfitNetwork) -> None:
        self.net = net

    def forward(self, ids: Any, begins: Any) -> Any:
        """Return the scores of the next words; in training also the hidden states.

        ids     (batch, steps) integers
        begins  (batch,) bools: whether the state of a stream starts at zero
        """
        scores, dropped, hidden = self.net.next_words(ids, begins)
        return (scores, dropped, hidden) if self.training else scores


@dataclass(frozen=True)
class NextWordLoss:
    """Cross-entropy of the next words; in training with activation regularisation.

    activation  the factor of the mean square of hidden states after dropout (AR)
    temporal    the factor of the mean square of their changes from word to word (TAR)

    Merity et al.: Revisiting activation regularization for language RNNs (2017).
    """

    activation: float
    temporal: float

    def __call__(self, predictions: Any, targets: Any) -> cr.Tensor:
        """Return the mean loss."""
        if not isinstance(predictions, tuple):
            return cr.nn.cross_entropy(predictions, targets)
        scores, dropped, hidden = predictions
        loss = cr.nn.cross_entropy(scores, targets)
        if self.activation:
            loss = loss + self.activation * cr.mean(dropped * dropped)
        if self.temporal and hidden.shape[1] > 1:
            change = hidden[:, 1:] - hidden[:, :-1]
            loss = loss + self.temporal * cr.mean(change * change)
        return loss
