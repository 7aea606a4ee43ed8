"""The Transformer encoder in chainrule, written in public operations."""

from __future__ import annotations

import math

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.transformer import Sizes
from benchmarks.with_chainrule.training import training


class Norm(cr.nn.Module):
    def __init__(self, width: int) -> None:
        self.weight = cr.parameter(np.ones(width, np.float32))
        self.bias = cr.parameter(np.zeros(width, np.float32))

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        return cr.layer_norm(x, self.weight, self.bias)


class Layer(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.heads = sizes.heads
        self.attention_norm = Norm(sizes.width)
        self.attention = cr.nn.Linear(sizes.width, 3 * sizes.width)
        self.mixed = cr.nn.Linear(sizes.width, sizes.width)
        self.feed_norm = Norm(sizes.width)
        self.wide = cr.nn.Linear(sizes.width, sizes.feed_forward)
        self.narrow = cr.nn.Linear(sizes.feed_forward, sizes.width)

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        x = x + self.mixed(self.attend(self.attention(self.attention_norm(x))))
        return x + self.narrow(cr.gelu(self.wide(self.feed_norm(x))))

    def attend(self, x: cr.Tensor) -> cr.Tensor:
        """Return what every token reads from the others: x holds queries, keys and values."""
        batch, tokens, width = x.shape[0], x.shape[1], x.shape[2] // 3
        split = x.reshape(batch, tokens, 3, self.heads, width // self.heads)
        split = cr.permute_dims(split, (2, 0, 3, 1, 4))
        queries, keys, values = split[0], split[1], split[2]
        scores = queries @ keys.mT * (1 / math.sqrt(width // self.heads))
        read = cr.permute_dims(cr.softmax(scores) @ values, (0, 2, 1, 3))
        return read.reshape(batch, tokens, width)


class Encoder(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.words = cr.nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = cr.parameter(np.zeros((sizes.tokens, sizes.width), np.float32))
        self.layers = [Layer(sizes) for _ in range(sizes.layers)]
        self.norm = Norm(sizes.width)
        self.output = cr.nn.Linear(sizes.width, sizes.classes)

    def forward(self, ids: cr.Tensor) -> cr.Tensor:
        x = self.words(ids) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x).mean(axis=1))


def learner(problem: Problem) -> Learner:
    return training(Encoder(problem.sizes), problem)
