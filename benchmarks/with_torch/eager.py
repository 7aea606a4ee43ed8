"""The circuit of the lecture in PyTorch."""

from __future__ import annotations

import torch

from benchmarks.problem import Batch, Learner, Problem


def step(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    f = (x + y) * z
    return torch.autograd.grad(f, [x, y, z])[2]


def learner(problem: Problem) -> Learner:
    return Learner(step, _inputs)


def _inputs(batch: Batch) -> Batch:
    return tuple(torch.tensor(each, requires_grad=True) for each in batch)
