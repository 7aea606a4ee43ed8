"""The training step, the same for all models: eager, or with forward and backward compiled.

The compiled step is the usual one: `torch.compile` of the model and its loss, whose backward is
compiled with them, and the fused Adam.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.problem import LEARNING_RATE, Batch, Learner, Problem


def training(
    model: nn.Module,
    problem: Problem,
    loss_of: Any = nn.functional.cross_entropy,
    *,
    compiled: bool,
) -> Learner:
    """Return the model in training at the problem's first weights."""
    optimizers = _optimizers(model)
    total = _loss_function(model, problem, loss_of, compiled=compiled)

    def step(x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        loss = total(x, labels)
        for each in optimizers:
            each.zero_grad(set_to_none=True)
        loss.backward()
        for each in optimizers:
            each.step()
        return loss.detach()

    return Learner(step, tensors)


def inference(model: nn.Module, problem: Problem, *, compiled: bool) -> Learner:
    """Return the model at the problem's first weights; a step computes the loss alone."""
    total = _loss_function(model.eval(), problem, nn.functional.cross_entropy, compiled=compiled)
    return Learner(torch.inference_mode()(total), tensors)


def _loss_function(model: nn.Module, problem: Problem, loss_of: Any, *, compiled: bool) -> Any:
    """Return the function from a batch to the loss of the model at the problem's first weights."""
    state = {name: torch.tensor(each) for name, each in problem.weights.items()}
    model.load_state_dict({**model.state_dict(), **state})

    def total(x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return loss_of(model(x), labels)

    return torch.compile(total) if compiled else total


def tensors(batch: Batch) -> Batch:
    return tuple(torch.from_numpy(each) for each in batch)


def _optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    tables = [each.weight for each in model.modules() if isinstance(each, nn.Embedding)]
    dense = [each for each in model.parameters() if all(each is not table for table in tables)]
    fused = [torch.optim.Adam(dense, lr=LEARNING_RATE, fused=True)] if dense else []
    return [*fused, torch.optim.SparseAdam(tables, lr=LEARNING_RATE)] if tables else fused
