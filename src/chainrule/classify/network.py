"""The network of a classifier as `fit` calls it: arrays of a batch to scores."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from chainrule.pretrained import Batch, PretrainedNetwork
from chainrule.pretrained.ulmfit import UlmfitNetwork

IDS, MASK, SEGMENTS = "ids", "mask", "segments"
Pretrained = PretrainedNetwork | UlmfitNetwork


class TextNetwork(cr.nn.Module):
    """A pretrained network with the head "classification", called with the arrays of a batch.

    single  True for one number per text, scores (batch,); False for scores (batch, classes)
    """

    def __init__(self, net: Pretrained, single: bool) -> None:
        self.net, self.single = net, single

    def forward(self, ids: Any, mask: Any, segments: Any = None) -> cr.Tensor:
        """Return the scores of texts.

        ids       (batch, tokens) integers
        mask      (batch, tokens) bools, False for padding
        segments  (batch, tokens) integers, 1 for tokens of the second text; None for single texts
        """
        output: Any = self.net(Batch(ids, mask, segments))
        scores: cr.Tensor = output.scores
        return scores[:, 0] if self.single else scores
