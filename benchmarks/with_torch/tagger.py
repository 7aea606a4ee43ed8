"""The tagger in PyTorch."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.tagger import Sizes
from benchmarks.with_torch.training import training


class Tagger(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.words = nn.Embedding(sizes.vocabulary, sizes.vector, sparse=True)
        self.hidden = nn.Linear(sizes.window * sizes.vector, sizes.hidden)
        self.output = nn.Linear(sizes.hidden, sizes.classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.hidden(self.words(ids).flatten(1)).relu())


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return training(Tagger(problem.sizes), problem, compiled=compiled)
