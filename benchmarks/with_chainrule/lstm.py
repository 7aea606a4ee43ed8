"""The LSTM in chainrule; the input is projected outside the scan, at once."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.recurrent import Sizes
from benchmarks.with_chainrule.training import training

State = tuple[cr.Tensor, cr.Tensor]


class LSTM(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.entering = cr.nn.Linear(sizes.inputs, 4 * sizes.state)
        self.recurrent = cr.nn.Linear(sizes.state, 4 * sizes.state)
        self.output = cr.nn.Linear(sizes.state, sizes.classes)

    def forward(self, sequences: cr.Tensor) -> cr.Tensor:
        first = np.zeros((sequences.shape[1], self.sizes.state), np.float32)
        (state, _), _ = cr.scan(self.step, (first, first), self.entering(sequences))
        return self.output(state)

    def step(self, before: State, entering: cr.Tensor) -> tuple[State, None]:
        (state, memory), n = before, self.sizes.state
        gates = entering + self.recurrent(state)
        opened, kept = cr.sigmoid(gates[:, :n]), cr.sigmoid(gates[:, n : 2 * n])
        candidate, shown = cr.tanh(gates[:, 2 * n : 3 * n]), cr.sigmoid(gates[:, 3 * n :])
        memory = kept * memory + opened * candidate
        return (shown * cr.tanh(memory), memory), None


def learner(problem: Problem) -> Learner:
    return training(LSTM(problem.sizes), problem)
