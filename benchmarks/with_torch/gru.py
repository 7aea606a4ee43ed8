"""The GRU in PyTorch."""

from __future__ import annotations

from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.with_torch.recurrent import recurrent


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return recurrent(nn.GRU, problem, compiled=compiled)
