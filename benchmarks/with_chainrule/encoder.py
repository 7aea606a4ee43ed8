"""The encoder of padded texts in chainrule, of its own layers."""

from __future__ import annotations

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.encoder import PADDING, Sizes
from benchmarks.with_chainrule.training import training
from benchmarks.with_chainrule.transformer import with_own_names


class Encoder(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.words = cr.nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = cr.nn.LearnedPositions(sizes.tokens, sizes.width)
        self.first_norm = cr.nn.LayerNorm(sizes.width)
        self.encoder = cr.nn.TransformerEncoder(
            *(sizes.layers, sizes.width, sizes.heads, sizes.feed_forward),
            dropout=0.0,
            activation=cr.gelu,
        )
        self.output = cr.nn.Linear(sizes.width, sizes.classes)

    def forward(self, ids: cr.Tensor) -> cr.Tensor:
        real = ids != PADDING
        x = self.first_norm(self.positions(self.words(ids)))
        encoded = self.encoder(x, key_mask=real)
        kept = cr.where(cr.expand_dims(real, 2), encoded, 0)
        return self.output(kept.sum(axis=1) / real.sum(axis=1, keepdims=True))


def learner(problem: Problem) -> Learner:
    return training(Encoder(problem.sizes), with_own_names(problem))
