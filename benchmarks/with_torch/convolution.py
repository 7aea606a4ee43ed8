"""The convolutional net in PyTorch."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.tasks.convolution import Sizes
from benchmarks.with_torch.training import training


class ConvolutionalNet(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.first = nn.Conv2d(sizes.channels, sizes.first, 3, padding=1)
        self.second = nn.Conv2d(sizes.first, sizes.second, 3, padding=1)
        self.hidden = nn.Linear(sizes.second * (sizes.extent // 4) ** 2, sizes.hidden)
        self.output = nn.Linear(sizes.hidden, sizes.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        largest = nn.functional.max_pool2d
        x = largest(self.first(images).relu(), 2)
        x = largest(self.second(x).relu(), 2)
        return self.output(self.hidden(x.flatten(1)).relu())


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return training(ConvolutionalNet(problem.sizes), problem, compiled=compiled)
