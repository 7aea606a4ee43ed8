"""The eager training step, the same for all models."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.problem import LEARNING_RATE, Batch, Learner, Problem


def training(
    model: nn.Module, problem: Problem, loss_of: Any = nn.functional.cross_entropy
) -> Learner:
    """Return the model in training at the problem's first weights."""
    state = {name: torch.tensor(each) for name, each in problem.weights.items()}
    model.load_state_dict({**model.state_dict(), **state})
    optimizers = _optimizers(model)

    def step(x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        loss = loss_of(model(x), labels)
        for each in optimizers:
            each.zero_grad(set_to_none=True)
        loss.backward()
        for each in optimizers:
            each.step()
        return loss.detach()

    return Learner(step, tensors)


def tensors(batch: Batch) -> Batch:
    return tuple(torch.from_numpy(each) for each in batch)


def _optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    tables = [each.weight for each in model.modules() if isinstance(each, nn.Embedding)]
    dense = [each for each in model.parameters() if all(each is not table for table in tables)]
    fused = [torch.optim.Adam(dense, lr=LEARNING_RATE, fused=True)] if dense else []
    return [*fused, torch.optim.SparseAdam(tables, lr=LEARNING_RATE)] if tables else fused
