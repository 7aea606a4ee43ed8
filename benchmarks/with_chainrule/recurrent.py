"""What the recurrent nets share in chainrule: its own layers, run over whole sequences."""

from __future__ import annotations

from dataclasses import replace

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.with_chainrule.training import training


class Recurrent(cr.nn.Module):
    def __init__(self, cell: cr.nn.Recurrent, classes: int) -> None:
        self.cell = cell
        self.output = cr.nn.Linear(cell.hidden, classes)

    def forward(self, sequences: cr.Tensor) -> cr.Tensor:
        outputs, _ = self.cell(sequences)
        return self.output(outputs[-1])


def recurrent(kind: type[cr.nn.Recurrent], problem: Problem) -> Learner:
    """Return a net with cells of this kind in training."""
    sizes = problem.sizes
    model = Recurrent(kind(sizes.inputs, sizes.state), sizes.classes)
    weights = {_own_name(name): each for name, each in problem.weights.items()}
    return training(model, replace(problem, weights=weights))


def _own_name(name: str) -> str:
    layer, kind = name.split(".")
    suffixes = {"entering": "ih", "recurrent": "hh"}
    return f"cell.{kind}_{suffixes[layer]}_l0" if layer in suffixes else name
