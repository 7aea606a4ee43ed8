"""The encoder of padded texts in PyTorch, without gradients."""

from __future__ import annotations

from benchmarks.problem import Learner, Problem
from benchmarks.with_torch.encoder import Encoder
from benchmarks.with_torch.training import inference


def learner(problem: Problem, *, compiled: bool = False) -> Learner:
    return inference(Encoder(problem.sizes), problem, compiled=compiled)
