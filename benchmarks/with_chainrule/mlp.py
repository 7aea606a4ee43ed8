"""The perceptron in chainrule."""

from __future__ import annotations

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.mlp import Sizes
from benchmarks.with_chainrule.training import training


class Perceptron(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.first = cr.nn.Linear(sizes.inputs, sizes.first)
        self.second = cr.nn.Linear(sizes.first, sizes.second)
        self.output = cr.nn.Linear(sizes.second, sizes.classes)

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        return self.output(cr.relu(self.second(cr.relu(self.first(x)))))


def learner(problem: Problem) -> Learner:
    return training(Perceptron(problem.sizes), problem)
