"""The convolutional net in chainrule."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.convolution import Sizes
from benchmarks.with_chainrule.training import training


class Filters(cr.nn.Module):
    """3x3 filters with padding, ReLU, and the largest of every 2x2 elements."""

    def __init__(self, channels: int, filters: int) -> None:
        self.weight = cr.parameter(np.zeros((filters, channels, 3, 3), np.float32))
        self.bias = cr.parameter(np.zeros(filters, np.float32))

    def forward(self, images: cr.Tensor) -> cr.Tensor:
        found = cr.convolve(images, self.weight, padding=1) + self.bias.reshape(-1, 1, 1)
        return cr.max_pool(cr.relu(found), (2, 2))


class ConvolutionalNet(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.first = Filters(sizes.channels, sizes.first)
        self.second = Filters(sizes.first, sizes.second)
        self.hidden = cr.nn.Linear(sizes.second * (sizes.extent // 4) ** 2, sizes.hidden)
        self.output = cr.nn.Linear(sizes.hidden, sizes.classes)

    def forward(self, images: cr.Tensor) -> cr.Tensor:
        features = self.second(self.first(images))
        flat = features.reshape(features.shape[0], -1)
        return self.output(cr.relu(self.hidden(flat)))


def learner(problem: Problem) -> Learner:
    return training(ConvolutionalNet(problem.sizes), problem)
