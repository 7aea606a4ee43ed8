"""Single layers in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.layers import KERNEL, PIECES, Sizes, scale_shape
from benchmarks.with_torch.training import training

_PADDING = KERNEL // 2


class Maxout(nn.Module):
    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units * PIECES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x).unflatten(-1, (-1, PIECES)).amax(-1)


class Attention(nn.MultiheadAttention):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes.shape[-1], sizes.heads, batch_first=True)
        later = torch.ones(2 * sizes.shape[1:2], dtype=torch.bool).triu(1)
        self.register_buffer("hidden", later if sizes.causal else None, persistent=False)
        self.causal = sizes.causal

    def forward(self, x: torch.Tensor) -> Any:  # type: ignore[override]
        options = {"attn_mask": self.hidden, "is_causal": self.causal, "need_weights": False}
        return super().forward(x, x, x, **options)[0]


LAYERS: dict[str, Callable[[Sizes], nn.Module]] = {
    "linear": lambda s: nn.Linear(s.shape[-1], s.features),
    "conv1d": lambda s: nn.Conv1d(s.shape[1], s.features, KERNEL, padding=_PADDING),
    "conv2d": lambda s: nn.Conv2d(
        s.shape[1], s.features, KERNEL, s.stride, padding=_PADDING, groups=s.groups
    ),
    "batch_norm": lambda s: (nn.BatchNorm1d if len(s.shape) < 4 else nn.BatchNorm2d)(s.shape[1]),
    "layer_norm": lambda s: nn.LayerNorm(s.shape[-1]),
    "response_norm": lambda s: nn.LocalResponseNorm(5),
    "max_pool": lambda s: nn.MaxPool2d(2),
    "average_pool": lambda s: nn.AvgPool2d(2),
    "embedding": lambda s: nn.Embedding(s.vocabulary, s.features, sparse=True),
    "dropout": lambda s: nn.Dropout(0.5),
    "gelu": lambda s: nn.GELU(),
    "prelu": lambda s: nn.PReLU(s.shape[-1]),
    "maxout": lambda s: Maxout(s.shape[-1], s.features),
    "attention": Attention,
}


class Layer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layer = LAYERS[sizes.layer](sizes)
        shape = scale_shape(sizes)
        self.scale = None if sizes.vocabulary else nn.Parameter(torch.ones(shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x if self.scale is None else x * self.scale)


def squares(found: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    return (found * found).mean()


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return training(Layer(problem.sizes), problem, squares, compiled=compiled)
