"""The Transformer encoder in chainrule, of its own layers."""

from __future__ import annotations

from dataclasses import replace

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.transformer import Sizes
from benchmarks.with_chainrule.training import training

_NAMES = {
    "positions": "positions.weight",
    "norm.": "encoder.norm.",
    "layers.": "encoder.layers.",
    ".attention_norm": ".norm1",
    ".feed_norm": ".norm2",
    ".attention.": ".self_attn.in_proj_",
    ".mixed": ".self_attn.out_proj",
    ".wide": ".linear1",
    ".narrow": ".linear2",
}


class Encoder(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.words = cr.nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = cr.nn.LearnedPositions(sizes.tokens, sizes.width)
        self.encoder = cr.nn.TransformerEncoder(
            *(sizes.layers, sizes.width, sizes.heads, sizes.feed_forward),
            dropout=0.0,
            activation=cr.gelu,
            norm_first=True,
        )
        self.output = cr.nn.Linear(sizes.width, sizes.classes)

    def forward(self, ids: cr.Tensor) -> cr.Tensor:
        return self.output(self.encoder(self.positions(self.words(ids))).mean(axis=1))


def learner(problem: Problem) -> Learner:
    return training(Encoder(problem.sizes), with_own_names(problem))


def with_own_names(problem: Problem) -> Problem:
    """Return the problem with the weights under the names of chainrule's layers."""
    weights = {_own_name(name): each for name, each in problem.weights.items()}
    return replace(problem, weights=weights)


def _own_name(name: str) -> str:
    for theirs, ours in _NAMES.items():
        if theirs in name and (theirs.startswith(".") or name.startswith(theirs)):
            name = name.replace(theirs, ours)
    return name
