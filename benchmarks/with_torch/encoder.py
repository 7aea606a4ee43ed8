"""The encoder of padded texts in PyTorch, with its own fused attention."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.encoder import PADDING, Sizes
from benchmarks.with_torch.training import training


class Layer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.attention = nn.Linear(sizes.width, 3 * sizes.width)
        self.mixed = nn.Linear(sizes.width, sizes.width)
        self.attention_norm = nn.LayerNorm(sizes.width)
        self.wide = nn.Linear(sizes.width, sizes.feed_forward)
        self.narrow = nn.Linear(sizes.feed_forward, sizes.width)
        self.feed_norm = nn.LayerNorm(sizes.width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = self.attention_norm(x + self.mixed(self.attend(self.attention(x), mask)))
        return self.feed_norm(x + self.narrow(nn.functional.gelu(self.wide(x))))

    def attend(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        split = x.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        read = nn.functional.scaled_dot_product_attention(*split.unbind(0), attn_mask=mask)
        return read.transpose(1, 2).flatten(2)


class Encoder(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.words = nn.Embedding(sizes.vocabulary, sizes.width, sparse=True)
        self.positions = nn.Parameter(torch.zeros(sizes.tokens, sizes.width))
        self.first_norm = nn.LayerNorm(sizes.width)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.output = nn.Linear(sizes.width, sizes.classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        real = ids != PADDING
        x = self.first_norm(self.words(ids) + self.positions)
        for layer in self.layers:
            x = layer(x, real[:, None, None, :])
        kept = x.masked_fill(~real[:, :, None], 0.0)
        return self.output(kept.sum(1) / real.sum(1, keepdim=True))


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return training(Encoder(problem.sizes), problem, compiled=compiled)
