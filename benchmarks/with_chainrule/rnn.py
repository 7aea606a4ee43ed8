"""The vanilla recurrent net in chainrule; the input is projected outside the scan, at once."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.recurrent import Sizes
from benchmarks.with_chainrule.training import training


class Vanilla(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.entering = cr.nn.Linear(sizes.inputs, sizes.state)
        self.recurrent = cr.nn.Linear(sizes.state, sizes.state)
        self.output = cr.nn.Linear(sizes.state, sizes.classes)

    def forward(self, sequences: cr.Tensor) -> cr.Tensor:
        first = np.zeros((sequences.shape[1], self.sizes.state), np.float32)
        state, _ = cr.scan(self.step, first, self.entering(sequences))
        return self.output(state)

    def step(self, state: cr.Tensor, entering: cr.Tensor) -> tuple[cr.Tensor, None]:
        return cr.tanh(entering + self.recurrent(state)), None


def learner(problem: Problem) -> Learner:
    return training(Vanilla(problem.sizes), problem)
