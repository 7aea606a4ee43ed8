"""Single layers in chainrule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.layers import KERNEL, PIECES, Sizes, scale_shape
from benchmarks.with_chainrule.training import training

_PADDING = KERNEL // 2


class Attention(cr.nn.MultiHeadAttention):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes.shape[-1], sizes.heads)
        self.causal = sizes.causal

    def forward(self, x: cr.Tensor) -> cr.Tensor:  # type: ignore[override]
        return super().forward(x, causal=self.causal)


LAYERS: dict[str, Callable[[Sizes], Any]] = {
    "linear": lambda s: cr.nn.Linear(s.shape[-1], s.features),
    "conv1d": lambda s: cr.nn.Conv1d(s.shape[1], s.features, KERNEL, padding=_PADDING),
    "conv2d": lambda s: cr.nn.Conv2d(
        s.shape[1], s.features, KERNEL, stride=s.stride, padding=_PADDING, groups=s.groups
    ),
    "batch_norm": lambda s: cr.nn.BatchNorm(s.shape[1]),
    "layer_norm": lambda s: cr.nn.LayerNorm(s.shape[-1]),
    "response_norm": lambda s: cr.nn.LocalResponseNorm(5),
    "max_pool": lambda s: cr.nn.MaxPool2d(2),
    "average_pool": lambda s: cr.nn.AveragePool2d(2),
    "embedding": lambda s: cr.nn.Embedding(s.vocabulary, s.features),
    "dropout": lambda s: cr.nn.Dropout(0.5, random=0),
    "gelu": lambda s: cr.gelu,
    "prelu": lambda s: cr.nn.PReLU(s.shape[-1]),
    "maxout": lambda s: cr.nn.Maxout(s.shape[-1], s.features, PIECES),
    "attention": Attention,
}


class Layer(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.layer = LAYERS[sizes.layer](sizes)
        self.scale = (
            None if sizes.vocabulary else cr.parameter(np.ones(scale_shape(sizes), np.float32))
        )

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        found = self.layer(x if self.scale is None else x * self.scale)
        return found[0] if isinstance(found, tuple) else found


def squares(found: cr.Tensor, _: cr.Tensor) -> cr.Tensor:
    return (found * found).mean()


def learner(problem: Problem) -> Learner:
    return training(Layer(problem.sizes), problem, squares)
