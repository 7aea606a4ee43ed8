"""A language model whose state is carried from step to step of training."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Replace, apply_together, latest
from chainrule.pretrained.flair import CharacterLanguageModel


class CarriedState(cr.nn.Module):
    """Predicts the next characters of streams; the state after a chunk begins the next one.

    The state is a parameter that is not trained, so that checkpoints hold it. Gradients do not go
    through it: truncated backpropagation through time. Williams and Peng (1990).

    batch  the number of streams
    """

    def __init__(self, net: CharacterLanguageModel, batch: int) -> None:
        zeros = np.zeros((net.settings.layers, batch, net.settings.hidden), np.float32)
        self.net = net
        self.hidden = cr.parameter(zeros, trainable=False)
        self.memory = cr.parameter(zeros, trainable=False)

    def forward(self, ids: Any, goes_on: Any) -> cr.Tensor:
        """Return the scores of the next characters, (steps, streams, characters).

        ids      integers (streams, steps)
        goes_on  (streams,), 1 where a stream goes on, 0 where it begins
        """
        kept = cr.asarray(goes_on).reshape(1, -1, 1)
        before = tuple(latest(each) * kept for each in (self.hidden, self.memory))
        outputs, after = self.net(cr.permute_dims(cr.asarray(ids), (1, 0)), before)
        pairs = zip((self.hidden, self.memory), after, strict=True)
        apply_together([Replace(each, cr.stop_gradient(new)) for each, new in pairs])
        return self.net.logits(outputs)


def next_character_loss(scores: cr.Tensor, targets: Any) -> cr.Tensor:
    """Return the mean negative log-likelihood of the next characters, in nats.

    scores   (steps, streams, characters)
    targets  integers (streams, steps)
    """
    wanted = cr.permute_dims(cr.asarray(targets), (1, 0)).reshape(-1)
    return cr.nn.cross_entropy(scores.reshape(-1, scores.shape[-1]), wanted)
