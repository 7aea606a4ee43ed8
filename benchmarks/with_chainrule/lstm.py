"""The LSTM in chainrule; its steps are unrolled in Python, for want of a scan."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.recurrent import Sizes
from benchmarks.with_chainrule.training import training


class LSTM(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.entering = cr.nn.Linear(sizes.inputs, 4 * sizes.state)
        self.recurrent = cr.nn.Linear(sizes.state, 4 * sizes.state)
        self.output = cr.nn.Linear(sizes.state, sizes.classes)

    def forward(self, sequences: cr.Tensor) -> cr.Tensor:
        entering = self.entering(sequences)
        n = self.sizes.state
        state = memory = cr.asarray(np.zeros((sequences.shape[1], n), np.float32))
        for step in range(sequences.shape[0]):
            gates = entering[step] + self.recurrent(state)
            opened, kept = cr.sigmoid(gates[:, :n]), cr.sigmoid(gates[:, n : 2 * n])
            candidate, shown = cr.tanh(gates[:, 2 * n : 3 * n]), cr.sigmoid(gates[:, 3 * n :])
            memory = kept * memory + opened * candidate
            state = shown * cr.tanh(memory)
        return self.output(state)


def learner(problem: Problem) -> Learner:
    return training(LSTM(problem.sizes), problem)
