"""The perceptron in PyTorch."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.mlp import Sizes
from benchmarks.with_torch.training import training


class Perceptron(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.first = nn.Linear(sizes.inputs, sizes.first)
        self.second = nn.Linear(sizes.first, sizes.second)
        self.output = nn.Linear(sizes.second, sizes.classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.second(self.first(x).relu()).relu())


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return training(Perceptron(problem.sizes), problem, compiled=compiled)
