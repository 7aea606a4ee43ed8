"""What the two recurrent nets share in PyTorch: its own cells, run over whole sequences."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from benchmarks.problem import Learner, Problem
from benchmarks.with_torch.training import training


class Recurrent(nn.Module):
    def __init__(self, cell: nn.RNNBase, classes: int) -> None:
        super().__init__()
        self.cell = cell
        self.output = nn.Linear(cell.hidden_size, classes)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        return self.output(self.cell(sequences)[0][-1])


def recurrent(kind: type[nn.RNNBase], problem: Problem, *, compiled: bool) -> Learner:
    """Return a net with cells of this kind in training."""
    sizes = problem.sizes
    model = Recurrent(kind(sizes.inputs, sizes.state), sizes.classes)
    weights = {_own_name(name): each for name, each in problem.weights.items()}
    return training(model, replace(problem, weights=weights), compiled=compiled)


def _own_name(name: str) -> str:
    layer, kind = name.split(".")
    suffixes = {"entering": "ih", "recurrent": "hh"}
    return f"cell.{kind}_{suffixes[layer]}_l0" if layer in suffixes else name
