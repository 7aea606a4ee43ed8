"""The vanilla recurrent net in chainrule; its steps are unrolled in Python, for want of a scan."""

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
        entering = self.entering(sequences)
        state = cr.asarray(np.zeros((sequences.shape[1], self.sizes.state), np.float32))
        for step in range(sequences.shape[0]):
            state = cr.tanh(entering[step] + self.recurrent(state))
        return self.output(state)


def learner(problem: Problem) -> Learner:
    return training(Vanilla(problem.sizes), problem)
